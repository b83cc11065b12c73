with

last_columns as (

    select
        symbol,
        cast(display_at as date) as trade_date,
        max(display_at) as book_at

    from {{ ref('int_display_times') }}
    where is_shown
    group by symbol, cast(display_at as date)

),

priced_columns as (

    select
        last_columns.*,
        bars.mark_close as mark_price

    from last_columns
    asof left join {{ ref('price_bars') }} as bars
        on last_columns.symbol = bars.symbol
        and last_columns.book_at >= bars.bar_ends_at

),

-- What a move of 1, 2 or 5 % enters: bins whose near edge is reached, the upper one of longs and the lower one of shorts.
amounts as (

    select
        heatmap.symbol,
        heatmap.model,
        columns.trade_date,
        any_value(columns.book_at) as book_at,
        any_value(columns.mark_price) as mark_price,
        count(heatmap.long_quote) > 0 as is_in_quote
        {%- for pct in [1, 2, 5] %}
        {%- for unit in ['quote', 'share'] %},
        sum(heatmap.long_{{ unit }}) filter (
            100 * (heatmap.price_high / columns.mark_price - 1) > -{{ pct }}
        ) as long_at_risk_{{ pct }}pct_{{ unit }},
        sum(heatmap.short_{{ unit }}) filter (
            100 * (heatmap.price_low / columns.mark_price - 1) <= {{ pct }}
        ) as short_at_risk_{{ pct }}pct_{{ unit }}
        {%- endfor %}
        {%- endfor %}

    from {{ ref('liquidation_heatmap') }} as heatmap
    inner join priced_columns as columns
        on heatmap.symbol = columns.symbol
        and heatmap.book_at = columns.book_at
    group by heatmap.symbol, heatmap.model, columns.trade_date

),

history_days as (

    select
        symbol,
        model,
        cast(bar_at as date) as trade_date
        {%- for side in ['long', 'short'] %},
        sum(swept_quote) filter (side = '{{ side }}') as {{ side }}_swept_quote,
        sum(expected_quote) filter (side = '{{ side }}') as {{ side }}_expected_quote
        {%- endfor %}

    from {{ ref('liquidation_history') }}
    group by symbol, model, cast(bar_at as date)

),

-- Sources that observed both sides all day; the first by name counts.
observed_days as (

    select
        symbol,
        cast(starts_at as date) as trade_date,
        source,
        sum(realised_quote) filter (side = 'long') as long_realised_quote,
        sum(realised_quote) filter (side = 'short') as short_realised_quote

    from {{ ref('realised_liquidations') }}
    group by symbol, cast(starts_at as date), source
    having sum(epoch(ends_at) - epoch(starts_at)) = 2 * 24 * 60 * 60

),

realised_days as (

    select
        symbol,
        trade_date,
        arg_min(long_realised_quote, source) as long_realised_quote,
        arg_min(short_realised_quote, source) as short_realised_quote

    from observed_days
    group by symbol, trade_date

),

recomputed_metrics as (

    select
        amounts.symbol,
        amounts.model,
        amounts.trade_date,
        amounts.book_at,
        amounts.mark_price
        {%- for pct in [1, 2, 5] %}
        {%- for side in ['long', 'short'] %},
        case when amounts.is_in_quote then coalesce(amounts.{{ side }}_at_risk_{{ pct }}pct_quote, 0) end
            as {{ side }}_at_risk_{{ pct }}pct_quote,
        case when not amounts.is_in_quote then coalesce(amounts.{{ side }}_at_risk_{{ pct }}pct_share, 0) end
            as {{ side }}_at_risk_{{ pct }}pct_share
        {%- endfor %}
        {%- endfor %},
        (coalesce(amounts.long_at_risk_5pct_quote, 0) - coalesce(amounts.short_at_risk_5pct_quote, 0)) / nullif(
            coalesce(amounts.long_at_risk_5pct_quote, 0) + coalesce(amounts.short_at_risk_5pct_quote, 0), 0
        ) as imbalance_5pct,
        history_days.long_swept_quote,
        history_days.short_swept_quote,
        history_days.long_expected_quote,
        history_days.short_expected_quote,
        realised_days.long_realised_quote,
        realised_days.short_realised_quote

    from amounts
    left join history_days
        on amounts.symbol = history_days.symbol
        and amounts.model = history_days.model
        and amounts.trade_date = history_days.trade_date
    left join realised_days
        on amounts.symbol = realised_days.symbol
        and amounts.trade_date = realised_days.trade_date

)

{{ rows_that_differ(
    ref('book_metrics'), 'recomputed_metrics', ['symbol', 'model', 'trade_date'],
    numbers=[
        'mark_price', 'imbalance_5pct', 'long_swept_quote', 'short_swept_quote', 'long_expected_quote', 'short_expected_quote',
        'long_realised_quote', 'short_realised_quote', 'long_at_risk_1pct_quote', 'short_at_risk_1pct_quote',
        'long_at_risk_2pct_quote', 'short_at_risk_2pct_quote', 'long_at_risk_5pct_quote', 'short_at_risk_5pct_quote',
        'long_at_risk_1pct_share', 'short_at_risk_1pct_share', 'long_at_risk_2pct_share', 'short_at_risk_2pct_share',
        'long_at_risk_5pct_share', 'short_at_risk_5pct_share'
    ],
    others=['book_at']
) }}
