with

models as (

    select * from {{ ref('models') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

fitted_weights as (

    select * from {{ ref('int_fitted_weights') }}

),

mixes as (

    select * from {{ ref('int_leverage_mixes') }}

),

-- The ensemble starts with the share liquidated of the flow models: like theirs, its books hold the open interest.
prior_models as (

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

),

-- Weights and shares liquidated that are used until liquidations of the symbol have been observed.
prior_weights as (

    select
        market_window.symbol,
        prior_models.model,
        groups.leverage_group,
        prior_models.prior_weight,
        prior_models.prior_weight as weight,
        prior_models.prior_kappa as kappa,
        0 as observations,
        'prior: no liquidations of the symbol had been observed' as basis,
        timestamp '1970-01-01' as valid_from,
        true as is_prior

    from market_window
    cross join prior_models
    cross join (
        values
        {%- for name in leverage_group_names() %}
            ('{{ name }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as groups (leverage_group)

),

weights_with_range as (

    select
        *,
        least(1, kappa * {{ var('kappa_prior_spread') }}) as kappa_high,
        kappa / {{ var('kappa_prior_spread') }} as kappa_low

    from prior_weights

    union all by name

    select * from fitted_weights

),

-- Shares of the leverage groups in the mix called stock. How uncertain they are follows from two facts: the share of
-- every leverage may be off by itself, and all shares still add up to one.
group_shares as (

    select
        {{ function('leverage_group') }}(leverage) as leverage_group,
        sum(share) as group_share,
        sum(pow(share, 2)) as squared_shares

    from mixes
    where mix = 'stock'
    group by all

),

group_variances as (

    select
        leverage_group,
        pow({{ var('mix_uncertainty') }}, 2) * (
            squared_shares * pow(1 / group_share - 1, 2) + sum(squared_shares) over () - squared_shares
        ) as mix_variance

    from group_shares

),

weight_versions as (

    select
        weights_with_range.symbol,
        weights_with_range.model,
        weights_with_range.leverage_group,
        weights_with_range.prior_weight,
        weights_with_range.weight,
        weights_with_range.kappa,
        weights_with_range.kappa_low,
        weights_with_range.kappa_high,
        -- A group that has no share of the mix is as uncertain as one with a very small share.
        coalesce(group_variances.mix_variance, pow({{ var('mix_uncertainty') }}, 2)) as mix_variance,
        weights_with_range.observations,
        weights_with_range.basis,
        weights_with_range.valid_from,
        weights_with_range.is_prior

    from weights_with_range
    left join group_variances
        on weights_with_range.leverage_group = group_variances.leverage_group

)

select * from weight_versions
