{%- set all_books = ['gross', 'spread', 'flow'] -%}

with

symbols as (

    select * from {{ ref('symbols') }}

),

models as (

    select * from {{ ref('models') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

mixes as (

    select * from {{ ref('leverage_mixes') }}

),

mix_shares as (

    select * from {{ ref('int_leverage_mixes') }}

),

schedules as (

    select * from {{ ref('int_margin_schedules') }}

),

attribution as (

    select * from {{ ref('open_interest_attribution') }}

),

weights as (

    select * from {{ ref('model_weights') }}

),

symbol_models as (

    select
        symbols.symbol,
        models.*,
        symbols.is_mark_price_traded,
        symbols.is_trading,
        symbols.has_margin_brackets,
        symbols.open_interest_coins is not null as has_open_interest,
        symbols.sources like '%trades%' as has_trades,
        symbols.last_bar_at,
        symbols.as_of

    from symbols
    cross join models

),

last_weights as (

    select
        scales.symbol,
        scales.model,
        max(scales.ensemble_weight) as ensemble_weight

    from scales
    inner join symbols
        on scales.symbol = symbols.symbol
        and scales.bar_at = symbols.last_bar_at
    group by scales.symbol, scales.model

),

-- Whether a model has a book of the symbol, and if it has none, why.
computed_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        'is computed' as assumption,
        case
            when last_weights.symbol is not null then 'yes'
            when not symbol_models.is_trading then 'no: the contract is not traded now'
            when not symbol_models.has_margin_brackets then 'no: the margin brackets of the symbol are not known'
            when symbol_models.needs_open_interest and not symbol_models.has_open_interest
                then 'no: the lake has no open interest of the symbol'
            when symbol_models.needs_trades and not symbol_models.has_trades
                then 'no: the lake has bars but no trades of the symbol, and bars do not tell large orders from small'
            else 'no: nothing it opened is still there'
        end as value,
        cast(null as string) as unit,
        symbol_models.description as source

    from symbol_models
    left join last_weights
        on symbol_models.symbol = last_weights.symbol
        and symbol_models.model = last_weights.model

),

book_values as (

    select
        symbol,
        model,
        'book' as assumption,
        book as value,
        cast(null as string) as unit,
        case book
            when 'gross' then 'entries stay until swept or too old; each side is scaled to hold the whole open interest'
            when 'spread' then 'each side is scaled to hold the whole open interest'
            when 'flow' then 'entries close at the closing rate of the bar; each side holds the whole open interest'
        end as source

    from symbol_models

),

mix_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        mixes.mix || ' mix, ' || mixes.leverage || 'x' as assumption,
        cast(round(mix_shares.share, 4) as string) as value,
        'share of the quantity' as unit,
        mixes.source

    from symbol_models
    inner join mixes
        on list_contains(symbol_models.mixes, mixes.mix)
    inner join mix_shares
        on mixes.mix = mix_shares.mix
        and mixes.leverage = mix_shares.leverage

),

-- The half-life of positions: what the closing rate came to for the symbol, over its bars with open interest.
half_lives as (

    select
        survival.symbol,
        ln(2) * date_diff('minute', min(survival.bar_at), max(survival.bar_at)) / 60.0
        / nullif(max(survival.log_survival) - min(survival.log_survival), 0) as half_life_hours

    from survival
    inner join flows
        on survival.symbol = flows.symbol
        and survival.bar_at = flows.bar_at
        and flows.open_interest_coins is not null
    group by survival.symbol

),

half_life_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        'half-life' as assumption,
        cast(round(half_lives.half_life_hours, 1) as string) as value,
        'hours' as unit,
        'follows from the open interest and the volume of this market' as source

    from symbol_models
    inner join half_lives
        on symbol_models.symbol = half_lives.symbol
        and half_lives.half_life_hours is not null
    where symbol_models.book = 'flow'

),

parameter_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        parameter.assumption,
        parameter.value,
        parameter.unit,
        'var ' || parameter.var_name as source

    from symbol_models
    inner join (
        values
        {%- for assumption, unit, var_name, applies_to in [
            ('lookback', 'days', 'lookback_days', all_books),
            ('bar', 'minutes', 'bar_minutes', all_books),
            ('bin', 'basis points of the price, at most', 'bin_bps', all_books),
            ('turnover', 'share of the volume', 'turnover', ['flow']),
            ('average true range, candle', 'minutes', 'atr_minutes', all_books),
            ('average true range, candles', 'number', 'atr_candles', all_books),
            ('zones, measure of distance', '', 'zone_metric', all_books),
            ('zones, surroundings', '% of the price', 'zone_surroundings_pct', all_books),
            ('zones, least weight', 'times what is usual in the surroundings', 'zone_min_samples', all_books),
            ('zones, largest radius', 'average true ranges', 'zone_eps_atr', all_books),
            ('zones, fixed radius', '% of the price', 'zone_eps_pct', all_books),
            ('uncertainty of the leverage mixes', 'standard deviation of the logarithm', 'mix_uncertainty', all_books),
            ('uncertainty of the closing rate', 'standard deviation of the logarithm', 'closing_uncertainty', ['flow']),
            ('fitted every', 'days', 'refit_days', all_books),
            ('burn-in', 'half-lives of the opening stock', 'burn_in_half_lives', ['flow']),
            ('large trade from', 'quote currency', 'large_trade_quote', ['py_liquidation_map']),
            ('neutral funding rate', 'per 8 hours', 'funding_interest_8h', ['funding_adjusted']),
            ('half-life of funding', 'hours', 'funding_half_life_hours', ['funding_adjusted']),
            ('funding tilt', 'per standard deviation and unit of ln(leverage)', 'funding_tilt', ['funding_adjusted']),
        ] %}
            ('{{ assumption }}', '{{ var(var_name) }}', '{{ unit }}', '{{ var_name }}', {{ applies_to }})
            {{- ',' if not loop.last }}
        {%- endfor %}
    ) as parameter (assumption, value, unit, var_name, applies_to)
        on list_contains(parameter.applies_to, symbol_models.book)
        or list_contains(parameter.applies_to, symbol_models.model)

    union all

    select
        symbol,
        model,
        'spread of an entry' as assumption,
        '1' as value,
        'width of its price bin' as unit,
        'where in the bin it was opened is not known' as source

    from symbol_models

),

bracket_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        'margin brackets in force since' as assumption,
        cast(schedules.valid_from as string) as value,
        'date' as unit,
        'day the version was first seen; positions are priced with the version of their own day' as source

    from symbol_models
    inner join schedules
        on symbol_models.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, symbol_models.last_bar_at)

),

bar_counts as (

    select
        bars.symbol,
        count(*) as bar_count,
        count(*) filter (where bars.is_mark_price_traded) as traded_mark_count,
        count(*) filter (where bars.source = 'bars') as from_bars_count,
        count(*) filter (where bars.is_taker_side_inferred) as inferred_count

    from bars
    inner join symbols
        on bars.symbol = symbols.symbol
        and bars.bar_at >= symbols.window_starts_at
    group by bars.symbol

),

bar_shares as (

    select
        symbol,
        'mark price stood in for by traded prices' as assumption,
        cast(round(100.0 * traded_mark_count / bar_count, 1) as string) as value,
        '% of bars' as unit,
        'no mark-price bars as fine as the bar in the lake' as source

    from bar_counts

    union all

    select
        symbol,
        'volume at price spread evenly over bars' as assumption,
        cast(round(100.0 * from_bars_count / bar_count, 1) as string) as value,
        '% of bars' as unit,
        'no trades in the lake, or too few of them' as source

    from bar_counts

    union all

    select
        symbol,
        'taker side read from the candle' as assumption,
        cast(round(100.0 * inferred_count / bar_count, 1) as string) as value,
        '% of bars' as unit,
        'the files leave the taker columns empty' as source

    from bar_counts

),

data_values as (

    select
        symbol_models.symbol,
        symbol_models.model,
        bar_shares.assumption,
        bar_shares.value,
        bar_shares.unit,
        bar_shares.source

    from symbol_models
    inner join bar_shares
        on symbol_models.symbol = bar_shares.symbol

),

-- The attribution at the last bar: the open interest, and how much of it a model explains before its book is scaled.
attribution_at_last_bar as (

    select attribution.*

    from attribution
    inner join symbols
        on attribution.symbol = symbols.symbol
        and attribution.bar_at = symbols.last_bar_at

),

attribution_values as (

    select
        symbol,
        model,
        'share of the book explained before scaling' as assumption,
        cast(round(attributed_ratio, 4) as string) as value,
        cast(null as string) as unit,
        case
            when is_burn_in then 'still burning in: where the opening stock was entered is a guess'
            else 'open_interest_attribution, last bar'
        end as source

    from attribution_at_last_bar

    union all

    select
        symbol,
        model,
        'open interest last observed' as assumption,
        cast(open_interest_observed_at as string) as value,
        'UTC' as unit,
        'later bars are reconciled to it' as source

    from attribution_at_last_bar

),

weight_bases as (

    select distinct
        symbol,
        model,
        basis

    from weights

),

ensemble_values as (

    select
        last_weights.symbol,
        'ensemble' as model,
        'weight of ' || last_weights.model as assumption,
        cast(round(last_weights.ensemble_weight, 4) as string) as value,
        'share' as unit,
        weight_bases.basis as source

    from last_weights
    inner join symbols
        on last_weights.symbol = symbols.symbol
        and symbols.open_interest_coins is not null
    inner join weight_bases
        on last_weights.symbol = weight_bases.symbol
        and last_weights.model = weight_bases.model

    union all

    -- The share liquidated is told of every model, not only of the ensemble.
    select
        symbol,
        model,
        'share really liquidated, ' || leverage_group as assumption,
        round(share_liquidated, 4) || ' (' || round(share_liquidated_low, 4) || ' to '
        || round(share_liquidated_high, 4) || ')' as value,
        'of the notional swept, with its 90 % interval' as unit,
        basis as source

    from weights

    union all

    select
        symbol,
        'ensemble' as model,
        'is computed' as assumption,
        case
            when open_interest_coins is null
                then 'no: without open interest the books of the models have no common measure'
            when not has_margin_brackets then 'no: the margin brackets of the symbol are not known'
            else 'yes'
        end as value,
        cast(null as string) as unit,
        'the models, each scaled to the open interest, by their weights' as source

    from symbols

),

all_values as (

    select * from computed_values
    union all
    select * from book_values
    union all
    select * from mix_values
    union all
    select * from half_life_values
    union all
    select * from parameter_values
    union all
    select * from bracket_values
    union all
    select * from data_values
    union all
    select * from attribution_values
    union all
    select * from ensemble_values

),

model_assumptions as (

    select
        {{ venue() }} as venue,
        symbol,
        model,
        assumption,
        value,
        unit,
        source

    from all_values

)

select * from model_assumptions
