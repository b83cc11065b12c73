with

scores as (

    select
        scores.symbol,
        scores.source,
        scores.model,
        scores.value,
        scores.observations,
        scores.window_start,
        scores.window_end

    from {{ ref('model_scores') }} as scores
    where scores.metric = 'realised_over_expected'

),

-- What was realised in the observations scored, and what the model expected in their bars.
observed_amounts as (

    select
        scores.symbol,
        scores.source,
        scores.model,
        sum(realised.realised_quote) as realised_quote,
        count(*) as observations

    from scores
    inner join {{ ref('realised_liquidations') }} as realised
        on scores.symbol = realised.symbol
        and scores.source = realised.source
        and scores.window_start <= realised.starts_at
        and scores.window_end >= realised.ends_at
    group by scores.symbol, scores.source, scores.model

),

expected_amounts as (

    select
        scores.symbol,
        scores.source,
        scores.model,
        sum(history.expected_quote) as expected_quote

    from scores
    inner join {{ ref('liquidation_history') }} as history
        on scores.symbol = history.symbol
        and scores.model = history.model
        and scores.window_start <= history.bar_at
        and scores.window_end > history.bar_at
    group by scores.symbol, scores.source, scores.model

)

select
    scores.symbol,
    scores.source,
    scores.model,
    scores.value,
    observed_amounts.realised_quote / expected_amounts.expected_quote as recomputed_value

from scores
inner join observed_amounts
    on scores.symbol = observed_amounts.symbol
    and scores.source = observed_amounts.source
    and scores.model = observed_amounts.model
inner join expected_amounts
    on scores.symbol = expected_amounts.symbol
    and scores.source = expected_amounts.source
    and scores.model = expected_amounts.model
where
    -- Where observations were left out, their bars are not known here.
    scores.observations = observed_amounts.observations
    -- Scores have six digits.
    and abs(scores.value - observed_amounts.realised_quote / nullif(expected_amounts.expected_quote, 0))
    > 1e-5 * abs(scores.value)
