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
        kappa as share_liquidated,
        kappa_low as share_liquidated_low,
        kappa_high as share_liquidated_high,
        cast(observations as bigint) as observations,
        basis,
        valid_from,
        is_prior

    from weights

)

select * from model_weights
