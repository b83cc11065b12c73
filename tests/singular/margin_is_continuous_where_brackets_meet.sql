with

neighbours as (

    select
        symbol,
        valid_from,
        tier_number,
        min_notional,
        margin_rate,
        max_leverage,
        maintenance_amount,
        lag(max_notional) over version as previous_max_notional,
        lag(margin_rate) over version as previous_margin_rate,
        lag(max_leverage) over version as previous_max_leverage,
        lag(maintenance_amount) over version as previous_maintenance_amount

    from {{ ref('int_margin_brackets') }}
    window version as (partition by symbol, valid_from order by tier_number)

)

select *

from neighbours
where
    (tier_number = 1 and (min_notional <> 0 or maintenance_amount <> 0))
    or (
        tier_number > 1
        and (
            previous_max_notional is distinct from min_notional
            or margin_rate < previous_margin_rate
            or max_leverage > previous_max_leverage
            or abs(
                min_notional * margin_rate - maintenance_amount
                - (min_notional * previous_margin_rate - previous_maintenance_amount)
            ) > 0.01
        )
    )
