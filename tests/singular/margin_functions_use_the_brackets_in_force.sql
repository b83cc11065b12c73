with

edges as (

    select
        symbol,
        max_notional as notional,
        max_leverage as leverage,
        valid_from

    from {{ ref('int_margin_brackets') }}
    -- All brackets of the symbols in the lake, and the newest first bracket of all others: the thousands more that
    -- there are would show the same.
    where
        symbol in (select symbols.symbol from {{ ref('symbols') }} as symbols)
        or valid_to is null and tier_number = 1

),

positions as (

    select
        edges.symbol,
        edges.notional,
        edges.leverage,
        sides.side,
        edges.valid_from + to_days(cast(days.day as integer)) as opened_at

    from edges
    cross join (values ('long'), ('short')) as sides (side)
    cross join (values (-1), (0)) as days (day)

),

positions_with_margin as (

    select
        positions.*,
        {{ function('liquidation_price') }}(
            positions.side, 100, positions.leverage, positions.notional, positions.symbol, positions.opened_at
        ) as actual_price,
        {{ function('maintenance_margin') }}(
            positions.symbol, positions.notional, positions.opened_at
        ) as actual_margin,
        case
            when positions.leverage <= {{ function('max_leverage') }}(positions.notional, schedules.brackets)
                then {{ function('isolated_liquidation_price') }}(
                    positions.side, 100.0, positions.leverage, positions.notional / 100, schedules.brackets
                )
        end as expected_price,
        {{ function('maintenance_margin_of') }}(positions.notional, schedules.brackets) as expected_margin

    from positions
    left join {{ ref('int_margin_schedules') }} as schedules
        on positions.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, positions.opened_at)

)

select *

from positions_with_margin
where
    (actual_price is null) <> (expected_price is null)
    or (actual_margin is null) <> (expected_margin is null)
    or abs(actual_price - expected_price) > 1e-9
    or abs(actual_margin - expected_margin) > 1e-6
