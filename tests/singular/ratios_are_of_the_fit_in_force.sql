with

newest_fits as (

    select fits.*
    from {{ ref('int_forecast_fits') }} as fits
    inner join {{ ref('symbols') }} as symbols
        on fits.symbol = symbols.symbol
        and fits.valid_from = date_trunc('day', symbols.as_of - interval '1 microsecond')

),

recomputed_ratios as (

    select
        fits.symbol,
        fits.model,
        sizes.forecast_size,
        places.place / 200 as share,
        case sizes.forecast_size
            when 'small' then fits.small_ratios[places.place]
            when 'middling' then fits.middling_ratios[places.place]
            else fits.large_ratios[places.place]
        end as ratio,
        case sizes.forecast_size
            when 'small' then 0
            when 'middling' then fits.middling_from_quote
            else fits.large_from_quote
        end as from_quote,
        case sizes.forecast_size
            when 'small' then fits.middling_from_quote
            when 'middling' then fits.large_from_quote
            else cast('infinity' as double)
        end as until_quote,
        fits.source,
        fits.observation_minutes,
        fits.observations,
        fits.valid_from

    from newest_fits as fits
    cross join (values ('small'), ('middling'), ('large')) as sizes (forecast_size)
    cross join range(1, 200) as places (place)

)

select
    coalesce(published.symbol, recomputed.symbol) as symbol,
    coalesce(published.model, recomputed.model) as model,
    coalesce(published.forecast_size, recomputed.forecast_size) as forecast_size,
    coalesce(published.share, recomputed.share) as share,
    published.ratio,
    recomputed.ratio as recomputed_ratio

from {{ ref('forecast_ratios') }} as published
full join recomputed_ratios as recomputed
    on published.symbol = recomputed.symbol
    and published.model = recomputed.model
    and published.forecast_size = recomputed.forecast_size
    and abs(published.share - recomputed.share) < 1e-9
where
    published.symbol is null
    or recomputed.symbol is null
    or published.ratio <> recomputed.ratio
    or published.from_quote <> recomputed.from_quote
    or published.until_quote <> recomputed.until_quote
    or published.source <> recomputed.source
    or published.observation_minutes <> recomputed.observation_minutes
    or published.observations <> recomputed.observations
    or published.valid_from <> recomputed.valid_from
