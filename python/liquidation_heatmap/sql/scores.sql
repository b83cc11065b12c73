-- Every score of every forecaster out of sample, with its score in sample beside it where there is one.
select
    scored.source,
    scored.kind,
    scored.model,
    scored.metric,
    scored.baseline,
    scored.unit,
    scored.value,
    scored.value_low,
    scored.value_high,
    in_sample.value as in_sample_value,
    scored.observations,
    scored.observation_minutes,
    scored.window_start,
    scored.window_end,
    scored.scored_window,
    scored.part

from model_scores as scored
left join model_scores as in_sample
    on scored.venue = in_sample.venue
    and scored.symbol = in_sample.symbol
    and scored.source = in_sample.source
    and scored.kind = in_sample.kind
    and scored.model = in_sample.model
    and scored.metric = in_sample.metric
    and scored.baseline is not distinct from in_sample.baseline
    and not in_sample.is_out_of_sample
    and scored.scored_window = in_sample.scored_window
    and scored.part is not distinct from in_sample.part
where scored.venue = $venue and scored.symbol = $symbol and scored.is_out_of_sample
order by
    scored.source,
    scored.metric <> 'map_deviance_explained',
    scored.metric,
    scored.baseline <> 'the price path',
    scored.baseline,
    list_position(['model', 'baseline', 'null', 'oracle'], scored.kind),
    list_position(['all', 'without_crash', 'crash'], scored.scored_window) nulls last,
    scored.scored_window,
    scored.part,
    scored.value desc
