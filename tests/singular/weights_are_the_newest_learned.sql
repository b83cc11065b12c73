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

    select versions.*

    from {{ ref('int_weight_versions') }} as versions
    inner join newest_versions
        on versions.symbol = newest_versions.symbol
        and versions.model = newest_versions.model
        and versions.leverage_group = newest_versions.leverage_group
        and versions.valid_from = newest_versions.valid_from

)

{{ rows_that_differ(
    ref('model_weights'), 'recomputed_weights', ['symbol', 'model', 'leverage_group'],
    numbers=['prior_weight', 'weight', 'kappa', 'kappa_low', 'kappa_high'], others=['observations', 'basis', 'valid_from']
) }}
