-- Built after the file, which all tests come before: {{ ref('published_file') }}
-- {{ ref('int_weight_versions') }} {{ ref('int_margin_brackets') }} {{ ref('int_market_window') }}
-- {{ ref('int_forecast_fits') }} {{ ref('model_scores') }}
with

health as (

    select * from {{ ref('health') }}

),

basis as (

    {{ basis_of_live_builds() if execute }}

),

last_whole_build as (

    select
        health.built_at,
        health.not_for_readers_because,
        basis.project_hash,
        basis.weights_hash,
        basis.forecasts_hash,
        basis.brackets_hash,
        basis.scores_hash,
        basis.symbols,
        basis.last_day

    from health
    cross join basis

)

select * from last_whole_build
