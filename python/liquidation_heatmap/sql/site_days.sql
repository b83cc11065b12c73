-- One row per UTC day of a model's book: a checksum of every row that the picture of that day is made of. Where it is as
-- before, the day's file is too. The order of rows does not matter to it.
with

scales as (

    select *
    from book_scales
    where
        venue = $venue
        and symbol = $symbol
        and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))

),

stretches as (

    select
        model,
        stretch_at,
        bit_xor(hash(
            side, cast(leverage_group as varchar), price_low, stretch_coins, from_bar_at, until_bar_at
        )) as checksum

    from book_states
    where venue = $venue and symbol = $symbol
    group by model, stretch_at

),

checksums as (

    select
        cast(scales.book_at as date) as trade_date,
        hash(
            'columns', scales.book_at, scales.model, scales.side, scales.bar_at, scales.quantity_per_coin,
            scales.share_per_coin, scales.ensemble_per_coin, stretches.checksum
        ) as checksum

    from scales
    left join stretches
        on scales.model = stretches.model
        and scales.stretch_at = stretches.stretch_at

    union all

    select
        cast(bar_at as date) as trade_date,
        hash('bars', bar_at, mark_open, mark_high, mark_low, mark_close, volume_quote) as checksum

    from price_bars
    where venue = $venue and symbol = $symbol

    union all

    select
        cast(bar_at as date) as trade_date,
        hash('history', bar_at, side, swept_quote, realised_quote) as checksum

    from liquidation_history
    where venue = $venue and symbol = $symbol and model = $model

    union all

    select
        cast(bar_at as date) as trade_date,
        hash('open interest', bar_at, any_value(open_interest_coins)) as checksum

    from open_interest_attribution
    where venue = $venue and symbol = $symbol
    group by bar_at

    union all

    select
        cast(funding_at as date) as trade_date,
        hash('funding', funding_at, rate) as checksum

    from funding_bias
    where venue = $venue and symbol = $symbol

    union all

    select
        cast(starts_at as date) as trade_date,
        hash('totals', starts_at, ends_at, source, side, realised_quote) as checksum

    from realised_liquidations
    where venue = $venue and symbol = $symbol

)

select
    trade_date,
    cast(bit_xor(checksum) as varchar) as checksum

from checksums
group by trade_date
