with

versions as (

    select * from {{ ref('int_weight_versions') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

weights_at_last_bar as (

    select
        versions.symbol,
        versions.model,
        versions.leverage_group,
        versions.prior_weight,
        versions.weight,
        versions.kappa,
        versions.kappa_low,
        versions.kappa_high,
        versions.mix_variance,
        versions.observations,
        versions.basis,
        versions.valid_from,
        versions.is_prior

    from versions
    inner join market_window
        on versions.symbol = market_window.symbol
        and versions.valid_from <= market_window.last_bar_at
    qualify row_number() over (
        partition by versions.symbol, versions.model, versions.leverage_group order by versions.valid_from desc
    ) = 1

)

select * from weights_at_last_bar
