with

weights as (

    select * from {{ ref('int_weights_in_force') }}

),

model_weights as (

    select
        {{ venue() }} as venue,
        symbol,
        model,
        leverage_group,
        prior_weight,
        weight,
        kappa,
        kappa_low,
        kappa_high,
        cast(observations as bigint) as observations,
        basis,
        valid_from

    from weights

)

select * from model_weights
