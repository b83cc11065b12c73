-- A bar says how much was traded between its low and its high, not where: the volume is spread evenly over the range.
with

bars as (

    select * from {{ ref('int_klines_chosen') }}

),

-- the narrowest bin the range touches is the one at its low, and wider bins begin where narrower ones end
steps as (

    select
        bars.symbol,
        bars.bar_at,
        bars.bar_minutes,
        bars.low_price,
        bars.high_price,
        unnest(generate_series(
            0, cast(ceil((bars.high_price - bars.low_price) / {{ bin_width('bars.low_price') }}) as bigint)
        )) as step_number,
        {{ bin_floor('bars.low_price') }} as first_edge,
        {{ bin_width('bars.low_price') }} as step_width,
        bars.volume_coins,
        bars.volume_quote,
        bars.taker_buy_share,
        bars.trade_date

    from bars
    where bars.volume_coins > 0

),

segments as (

    select
        *,
        greatest(low_price, first_edge + step_number * step_width) as segment_low,
        least(high_price, first_edge + (step_number + 1) * step_width) as segment_high

    from steps

),

-- a bar that never moved has all its volume at one price
weighted as (

    select
        symbol,
        bar_at,
        bar_minutes,
        {{ bin_floor('(segment_low + segment_high) / 2') }} as price_low,
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
    where segment_high > segment_low or (high_price = low_price and step_number = 0)

),

-- the coins of a bin changed hands at its own prices; together they cost what the bar says was paid. Prices are taken as
-- multiples of the bar's low: a sum of prices of 1e-8 would have few digits
priced as (

    select
        *,
        share * price_over_low / (
            {{ exact_sum(
                'share * price_over_low', decimals=15, over='over (partition by symbol, bar_at, bar_minutes)'
            ) }}
        ) as quote_share

    from weighted

),

-- slivers of a bin are far smaller than the exchange's 1e-8, and still have a price
cells as (

    select
        priced.symbol,
        sides.taker_side,
        priced.bar_minutes,
        priced.price_low,
        {{ exact_sum(
            "priced.volume_coins * priced.share"
            ~ " * case sides.taker_side when 'buy' then priced.taker_buy_share else 1 - priced.taker_buy_share end",
            decimals=15
        ) }} as quantity_coins,
        {{ exact_sum(
            "priced.volume_quote * priced.quote_share"
            ~ " * case sides.taker_side when 'buy' then priced.taker_buy_share else 1 - priced.taker_buy_share end",
            decimals=15
        ) }} as notional_quote,
        priced.bar_at,
        priced.trade_date

    from priced
    cross join (values ('buy'), ('sell')) as sides (taker_side)
    group by all

)

select * from cells
where quantity_coins > 0 and notional_quote > 0
