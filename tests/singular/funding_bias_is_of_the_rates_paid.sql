with

payments as (

    select
        symbol,
        funding_at,
        rate,
        rate * 8 / funding_interval_hours as rate_8h,
        rate * 8 / funding_interval_hours - {{ var('funding_interest_8h') }} as excess_8h

    from {{ ref('stg_binance__funding_rates') }}
    where funding_interval_hours > 0

),

payments_with_earlier as (

    select
        payments.symbol,
        payments.funding_at,
        payments.rate,
        payments.rate_8h,
        earlier.excess_8h as earlier_excess,
        date_diff('microsecond', earlier.funding_at, payments.funding_at) / 3.6e9
        / {{ var('funding_half_life_hours') }} as half_lives_ago

    from payments
    inner join payments as earlier
        on payments.symbol = earlier.symbol
        and payments.funding_at >= earlier.funding_at
        and payments.funding_at - {{ 30 * var('funding_half_life_hours') }} * interval '1 hour' < earlier.funding_at

),

-- A payment counts half after every half-life, and after thirty not at all.
smoothed_payments as (

    select
        symbol,
        funding_at,
        rate,
        rate_8h,
        sum(earlier_excess * pow(2, -half_lives_ago)) / sum(pow(2, -half_lives_ago)) as smoothed_excess,
        sqrt(avg(earlier_excess * earlier_excess)) as usual_excess

    from payments_with_earlier
    group by symbol, funding_at, rate, rate_8h

),

thresholds as (

    select
        symbol,
        max(from_excess) filter (where band = 'high') as high_from,
        max(from_excess) filter (where band = 'extreme') as extreme_from

    from {{ ref('funding_bands') }}
    group by symbol

),

scored_payments as (

    select
        smoothed_payments.*,
        coalesce(own.high_from, common.high_from) as high_from,
        coalesce(own.extreme_from, common.extreme_from) as extreme_from,
        smoothed_payments.smoothed_excess
        / greatest(smoothed_payments.usual_excess, coalesce(own.high_from, common.high_from)) as z_score

    from smoothed_payments
    left join thresholds as own
        on smoothed_payments.symbol = own.symbol
    inner join thresholds as common
        on common.symbol = 'default'

)

select
    payments.symbol,
    payments.funding_at,
    bias.rate,
    payments.rate as paid_rate,
    bias.rate_8h_ema,
    payments.smoothed_excess,
    bias.z_score,
    payments.z_score as recomputed_z_score,
    bias.band,
    bias.long_tilt

from {{ ref('funding_bias') }} as bias
full join scored_payments as payments
    on bias.symbol = payments.symbol
    and bias.funding_at = payments.funding_at
where
    bias.rate is distinct from payments.rate
    or abs(bias.rate_8h - payments.rate_8h) > 1e-12
    or abs(bias.rate_8h_ema - {{ var('funding_interest_8h') }} - payments.smoothed_excess) > 1e-9
    -- The model adds with 15 decimals, so that small scores differ in the last digits.
    or abs(bias.z_score - payments.z_score) > 1e-6
    or abs(bias.long_tilt - if(bias.band = 'neutral', 0, {{ var('funding_tilt') }} * payments.z_score)) > 1e-6
    or case bias.band
        when 'neutral' then abs(payments.smoothed_excess) > payments.high_from + 1e-9
        when 'high'
            then
                abs(payments.smoothed_excess) < payments.high_from - 1e-9
                or abs(payments.smoothed_excess) > payments.extreme_from + 1e-9
        when 'extreme' then abs(payments.smoothed_excess) < payments.extreme_from - 1e-9
        else true
    end
