with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

paths as (

    select * from {{ ref('int_observed_paths') }}

),

history as (

    select * from {{ ref('liquidation_history') }}

),

reference_sweeps as (

    select * from {{ ref('int_reference_sweeps') }}

),

by_models as (

    select
        observed_bars.symbol,
        observed_bars.source,
        observed_bars.side,
        'model' as kind,
        history.model as forecaster,
        {{ exact_sum('history.expected_quote', decimals=2) }} as forecast_quote,
        observed_bars.starts_at

    from observed_bars
    inner join history
        on observed_bars.symbol = history.symbol
        and observed_bars.side = history.side
        and observed_bars.bar_at = history.bar_at
    group by all

),

by_references as (

    select
        symbol,
        source,
        side,
        kind,
        forecaster,
        swept_quote as forecast_quote,
        starts_at

    from reference_sweeps

),

forecasts as (

    select * from by_models
    union all
    select * from by_references

),

forecasters as (

    select distinct
        symbol,
        kind,
        forecaster

    from forecasts

),

-- where a forecaster has no row it says that nothing is liquidated
final as (

    select
        paths.symbol,
        paths.source,
        paths.side,
        forecasters.kind,
        forecasters.forecaster,
        coalesce(forecasts.forecast_quote, 0) as forecast_quote,
        paths.starts_at

    from paths
    inner join forecasters
        on paths.symbol = forecasters.symbol
    left join forecasts
        on paths.symbol = forecasts.symbol
        and paths.source = forecasts.source
        and paths.side = forecasts.side
        and forecasters.kind = forecasts.kind
        and forecasters.forecaster = forecasts.forecaster
        and paths.starts_at = forecasts.starts_at

)

select * from final
