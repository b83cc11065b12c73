with

symbol_models as (

    select
        symbols.symbol,
        symbols.last_bar_at,
        models.model,
        models.mixes,
        models.book

    from {{ ref('symbols') }} as symbols
    cross join {{ ref('models') }} as models

),

shares_of_mixes as (

    select
        mix,
        leverage,
        share / sum(share) over (partition by mix) as share

    from {{ ref('leverage_mixes') }}

),

assumptions_in_use as (

    select
        symbol_models.symbol,
        symbol_models.model,
        shares.mix || ' mix, ' || shares.leverage || 'x' as assumption,
        cast(round(shares.share, 4) as string) as value

    from symbol_models
    inner join shares_of_mixes as shares
        on list_contains(symbol_models.mixes, shares.mix)

    union all

    select
        symbol,
        model,
        'share really liquidated, ' || leverage_group as assumption,
        format(
            '{} ({} to {})',
            round(share_liquidated, 4), round(share_liquidated_low, 4), round(share_liquidated_high, 4)
        ) as value

    from {{ ref('model_weights') }}

    union all

    select
        attribution.symbol,
        attribution.model,
        'share of the book explained before scaling' as assumption,
        cast(round(attribution.attributed_ratio, 4) as string) as value

    from {{ ref('open_interest_attribution') }} as attribution
    inner join {{ ref('symbols') }} as symbols
        on attribution.symbol = symbols.symbol
        and attribution.bar_at = symbols.last_bar_at

    union all

    select
        symbol_models.symbol,
        symbol_models.model,
        'margin brackets in force since' as assumption,
        cast(max(tiers.valid_from) as string) as value

    from symbol_models
    inner join {{ ref('margin_tiers') }} as tiers
        on symbol_models.symbol = tiers.symbol
        and symbol_models.last_bar_at >= tiers.valid_from
    group by symbol_models.symbol, symbol_models.model

),

published_assumptions as (

    select *

    from {{ ref('model_assumptions') }}
    where
        regexp_matches(assumption, ' mix, |^share really liquidated, ')
        or assumption in ('share of the book explained before scaling', 'margin brackets in force since')

)

{{ rows_that_differ(
    'published_assumptions', 'assumptions_in_use', ['symbol', 'model', 'assumption'], others=['value']
) }}
