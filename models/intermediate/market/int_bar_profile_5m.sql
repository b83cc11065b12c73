-- A bar says how much was traded between its low and its high, not where: the volume is spread evenly over the range.
with

bars as (

    select * from {{ ref('int_klines_chosen') }}

),

-- A range narrower than 1e-12 of the price is one price: bins do not tell such prices apart.
bars_with_range as (

    select
        * replace (
            case when high_price > low_price * (1 + 1e-12) then high_price else low_price end as high_price
        )

    from bars
    where volume_coins > 0

),

bar_bins as (

    select
        *,
        unnest(generate_series(
            {{ function('bin_number') }}(low_price), {{ function('bin_number') }}(high_price)
        )) as bin_number

    from bars_with_range

),

segments as (

    select
        *,
        {{ function('bin_low') }}(bin_number) as price_low,
        greatest(low_price, {{ function('bin_low') }}(bin_number)) as segment_low,
        least(high_price, {{ function('bin_low') }}(bin_number + 1)) as segment_high

    from bar_bins

),

-- A segment has as much of a bar's volume as of its range. A bar that never moved has one segment with all of it.
weighted_segments as (

    select
        symbol,
        bar_at,
        bar_minutes,
        price_low,
        case
            when high_price > low_price then (segment_high - segment_low) / (high_price - low_price)
            else 1
        end as share,
        (segment_low + segment_high) / 2 / low_price as price_over_low,
        volume_coins,
        volume_quote,
        taker_buy_share,
        trade_date

    from segments
    where segment_high > segment_low or high_price = low_price

),

-- Each segment with its share of the bar's notional: coins cost the middle price of their segment, and together what
-- the bar says was paid. Prices are multiples of the bar's low, because sums of prices near 1e-8 would have few digits.
priced_segments as (

    select
        *,
        share * price_over_low / (
            {{ exact_sum(
                'share * price_over_low', decimals=15, over='over (partition by symbol, bar_at, bar_minutes)'
            ) }}
        ) as quote_share

    from weighted_segments

),

-- Sums are kept to 15 decimals: a thin segment holds far less than the exchange's smallest unit, 1e-8, and has a price.
cells as (

    select
        priced_segments.symbol,
        sides.taker_side,
        priced_segments.bar_minutes,
        priced_segments.price_low,
        {{ exact_sum(
            "priced_segments.volume_coins * priced_segments.share"
            ~ " * case sides.taker_side when 'buy' then priced_segments.taker_buy_share else 1 - priced_segments.taker_buy_share end",
            decimals=15
        ) }} as quantity_coins,
        {{ exact_sum(
            "priced_segments.volume_quote * priced_segments.quote_share"
            ~ " * case sides.taker_side when 'buy' then priced_segments.taker_buy_share else 1 - priced_segments.taker_buy_share end",
            decimals=15
        ) }} as notional_quote,
        priced_segments.bar_at,
        priced_segments.trade_date

    from priced_segments
    cross join (values ('buy'), ('sell')) as sides (taker_side)
    group by all

)

select * from cells
where quantity_coins > 0 and notional_quote > 0
