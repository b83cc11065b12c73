with

funding_rates as (

    select * from {{ ref('stg_binance__funding_rates') }}

),

bands as (

    select * from {{ ref('funding_bands') }}

),

-- The exchange pins the rate at its interest rate while the premium is small, so that rate is neutral, not bullish
-- (https://www.binance.com/en/support/faq/360033525031).
rates as (

    select
        symbol,
        rate,
        rate * 8 / funding_interval_hours as rate_8h,
        rate * 8 / funding_interval_hours - {{ var('funding_interest_8h') }} as excess_8h,
        funding_at

    from funding_rates
    where funding_interval_hours > 0

),

-- Each payment with all payments so far. One counts half after every half-life; after thirty it no longer counts.
weighted_payments as (

    select
        rates.symbol,
        rates.funding_at,
        earlier.excess_8h,
        power(
            0.5,
            date_diff('microsecond', earlier.funding_at, rates.funding_at)
            / ({{ var('funding_half_life_hours') }} * 3600000000.0)
        ) as weight

    from rates
    inner join rates as earlier
        on rates.symbol = earlier.symbol
        and rates.funding_at >= earlier.funding_at
        and rates.funding_at - {{ 30 * var('funding_half_life_hours') }} * interval '1 hour' < earlier.funding_at

),

smoothed_rates as (

    select
        symbol,
        funding_at,
        {{ exact_sum('weight * excess_8h', decimals=15) }} / ({{ exact_sum('weight', decimals=15) }}) as excess_8h_ema,
        sqrt({{ exact_sum('excess_8h * excess_8h', decimals=18) }} / count(*)) as excess_8h_deviation

    from weighted_payments
    group by symbol, funding_at

),

-- A symbol with bands of its own does not use the default ones.
bands_of_symbol as (

    select
        symbols.symbol,
        bands.band,
        bands.from_excess,
        lead(bands.from_excess, 1, 'infinity'::double) over (
            partition by symbols.symbol order by bands.from_excess
        ) as to_excess,
        max(case bands.band when 'high' then bands.from_excess end) over (partition by symbols.symbol) as high_excess

    from (select distinct symbol from rates) as symbols
    inner join bands
        on bands.symbol = case
            when symbols.symbol in (select own_bands.symbol from bands as own_bands) then symbols.symbol else 'default'
        end

),

-- The score is the smoothed excess over the root mean square of the excess. It is divided by no less than the threshold
-- of the band high, so that small payments in a quiet market do not look unusual.
rates_with_score as (

    select
        rates.symbol,
        rates.rate,
        rates.rate_8h,
        smoothed_rates.excess_8h_ema + {{ var('funding_interest_8h') }} as rate_8h_ema,
        smoothed_rates.excess_8h_ema
        / greatest(smoothed_rates.excess_8h_deviation, bands_of_symbol.high_excess) as z_score,
        bands_of_symbol.band,
        rates.funding_at

    from rates
    inner join smoothed_rates
        on rates.symbol = smoothed_rates.symbol
        and rates.funding_at = smoothed_rates.funding_at
    inner join bands_of_symbol
        on rates.symbol = bands_of_symbol.symbol
        and abs(smoothed_rates.excess_8h_ema) >= bands_of_symbol.from_excess
        and abs(smoothed_rates.excess_8h_ema) < bands_of_symbol.to_excess

),

funding_bias as (

    select
        *,
        case band when 'neutral' then 0 else {{ var('funding_tilt') }} * z_score end as long_tilt

    from rates_with_score

)

select * from funding_bias
