with

totals as (

    select * from {{ ref('int_book_totals') }}

),

weights as (

    select distinct
        symbol,
        model,
        weight,
        valid_from

    from {{ ref('int_weight_versions') }}

),

-- Each book with the weight learned before the bar, divided by the weights of all models that have a book then.
weighted_totals as (

    select
        totals.*,
        weights.weight / ({{ exact_sum(
            'weights.weight', over='over (partition by totals.symbol, totals.side, totals.bar_at)'
        ) }}) as ensemble_weight

    from totals
    asof inner join weights
        on totals.symbol = weights.symbol
        and totals.model = weights.model
        and totals.bar_at >= weights.valid_from

),

-- Without open interest there is no ensemble, because the books have no common measure.
ensemble_scales as (

    select
        symbol,
        model,
        side,
        ensemble_weight,
        ensemble_weight * scale as ensemble_scale,
        bar_at

    from weighted_totals

)

select * from ensemble_scales
