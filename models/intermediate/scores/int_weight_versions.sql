with

models as (

    select * from {{ ref('models') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

fitted as (

    select * from {{ ref('int_fitted_weights') }}

),

-- what stands until liquidations have been observed; the ensemble is made of reconciled books, as the flow models are
priors as (

    select
        market_window.symbol,
        models.model,
        groups.leverage_group,
        models.prior_weight,
        models.prior_weight as weight,
        models.prior_kappa as kappa,
        0 as observations,
        'prior: no liquidations of the symbol had been observed' as basis,
        timestamp '1970-01-01' as valid_from

    from market_window
    cross join (
        select
            model,
            prior_weight,
            prior_kappa

        from models

        union all

        select
            'ensemble' as model,
            1 as prior_weight,
            max(prior_kappa) filter (where book = 'flow') as prior_kappa

        from models
    ) as models
    cross join (
        values
        {%- for name in leverage_group_names() %}
            ('{{ name }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as groups (leverage_group)

),

versions as (

    select
        *,
        least(1, kappa * {{ var('kappa_prior_spread') }}) as kappa_high,
        kappa / {{ var('kappa_prior_spread') }} as kappa_low

    from priors

    union all by name

    select * from fitted

)

select * from versions
