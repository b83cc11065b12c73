with

scores as (

    select * from {{ ref('int_model_scores') }}
    union all by name
    select * from {{ ref('int_forecast_scores') }}

),

model_scores as (

    select
        {{ venue() }} as venue,
        symbol,
        model,
        window_start,
        window_end,
        is_out_of_sample,
        metric,
        value,
        value_low,
        value_high,
        baseline,
        observations,
        kind,
        source,
        observation_minutes,
        unit,
        scored_window,
        part

    from scores

)

select * from model_scores
