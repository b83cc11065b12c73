with

forecasts as (

    select * from {{ ref('int_forecasts_in_force') }}

),

sizes as (

    select
        symbol,
        model,
        'small' as forecast_size,
        0 as from_quote,
        middling_from_quote as until_quote,
        small_ratios as ratios,
        source,
        observation_minutes,
        observations,
        valid_from

    from forecasts

    union all

    select
        symbol,
        model,
        'middling' as forecast_size,
        middling_from_quote as from_quote,
        large_from_quote as until_quote,
        middling_ratios as ratios,
        source,
        observation_minutes,
        observations,
        valid_from

    from forecasts

    union all

    select
        symbol,
        model,
        'large' as forecast_size,
        large_from_quote as from_quote,
        cast('infinity' as double) as until_quote,
        large_ratios as ratios,
        source,
        observation_minutes,
        observations,
        valid_from

    from forecasts

),

ratios as (

    select
        * exclude (ratios),
        unnest(ratios) as ratio,
        generate_subscripts(ratios, 1) as place,
        len(ratios) as ratio_count

    from sizes

),

forecast_ratios as (

    select
        {{ venue() }} as venue,
        symbol,
        model,
        forecast_size,
        place / (ratio_count + 1) as share,
        ratio,
        from_quote,
        until_quote,
        source,
        observation_minutes,
        observations,
        valid_from

    from ratios

)

select * from forecast_ratios
