with

published_scores as (

    select
        * exclude (baseline, part),
        coalesce(baseline, 'nothing') as baseline,
        coalesce(part, 0) as part

    from {{ ref('model_scores') }}

),

scores as (

    select * from {{ ref('int_model_scores') }}
    union all by name
    select * from {{ ref('int_forecast_scores') }}

),

computed_scores as (

    select
        * exclude (baseline, part),
        coalesce(baseline, 'nothing') as baseline,
        coalesce(part, 0) as part

    from scores

)

{{ rows_that_differ(
    'published_scores', 'computed_scores', ['symbol', 'source', 'kind', 'model', 'is_out_of_sample', 'metric', 'baseline', 'scored_window', 'part'],
    numbers=['value', 'value_low', 'value_high'],
    others=['window_start', 'window_end', 'observations', 'observation_minutes', 'unit']
) }}
