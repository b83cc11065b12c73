with

newest_versions as (

    select
        versions.symbol,
        versions.model,
        versions.leverage_group,
        max(versions.valid_from) as valid_from

    from {{ ref('int_weight_versions') }} as versions
    inner join {{ ref('symbols') }} as symbols
        on versions.symbol = symbols.symbol
        and versions.valid_from <= symbols.last_bar_at
    group by versions.symbol, versions.model, versions.leverage_group

),

recomputed_weights as (

    select
        versions.*,
        versions.kappa as share_liquidated,
        versions.kappa_low as share_liquidated_low,
        versions.kappa_high as share_liquidated_high

    from {{ ref('int_weight_versions') }} as versions
    inner join newest_versions
        on versions.symbol = newest_versions.symbol
        and versions.model = newest_versions.model
        and versions.leverage_group = newest_versions.leverage_group
        and versions.valid_from = newest_versions.valid_from

)

{{ rows_that_differ(
    ref('model_weights'), 'recomputed_weights', ['symbol', 'model', 'leverage_group'],
    numbers=['prior_weight', 'weight', 'share_liquidated', 'share_liquidated_low', 'share_liquidated_high'],
    others=['observations', 'basis', 'valid_from']
) }}
