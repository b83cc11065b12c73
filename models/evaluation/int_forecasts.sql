with

scored_bars as (

    select * from {{ ref('int_scored_bars') }}

),

paths as (

    select * from {{ ref('int_scored_paths') }}

),

history as (

    select * from {{ ref('liquidation_history') }}

),

reference_sweeps as (

    select * from {{ ref('int_reference_sweeps') }}

),

model_forecasts as (

    select
        scored_bars.symbol,
        scored_bars.source,
        scored_bars.side,
        'model' as kind,
        history.model as forecaster,
        {{ exact_sum('history.swept_quote', decimals=2) }} as forecast_quote,
        {{ exact_sum('history.expected_quote', decimals=2) }} as expected_quote,
        scored_bars.starts_at

    from scored_bars
    inner join history
        on scored_bars.symbol = history.symbol
        and scored_bars.side = history.side
        and scored_bars.bar_at = history.bar_at
    group by all

),

reference_forecasts as (

    select
        symbol,
        source,
        side,
        kind,
        forecaster,
        swept_quote as forecast_quote,
        cast(null as double) as expected_quote,
        starts_at

    from reference_sweeps

),

forecasts_made as (

    select * from model_forecasts
    union all
    select * from reference_forecasts

),

forecasters as (

    select distinct
        symbol,
        kind,
        forecaster

    from forecasts_made

),

-- Every forecaster has a row for every observation. Where it gave none, it expects nothing to be liquidated.
forecasts as (

    select
        paths.symbol,
        paths.source,
        paths.side,
        forecasters.kind,
        forecasters.forecaster,
        coalesce(forecasts_made.forecast_quote, 0) as forecast_quote,
        case when forecasters.kind = 'model' then coalesce(forecasts_made.expected_quote, 0) end as expected_quote,
        paths.starts_at

    from paths
    inner join forecasters
        on paths.symbol = forecasters.symbol
    left join forecasts_made
        on paths.symbol = forecasts_made.symbol
        and paths.source = forecasts_made.source
        and paths.side = forecasts_made.side
        and forecasters.kind = forecasts_made.kind
        and forecasters.forecaster = forecasts_made.forecaster
        and paths.starts_at = forecasts_made.starts_at

)

select * from forecasts
