with

funding_bias as (

    select
        funding_at,
        {{ venue() }} as venue,
        symbol,
        rate,
        rate_8h,
        rate_8h_ema,
        z_score,
        band,
        long_tilt

    from {{ ref('int_funding_bias') }}

)

select * from funding_bias
