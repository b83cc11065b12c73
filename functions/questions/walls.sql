-- Named here for sql_functions, because level_bins reads it and its columns have the same meaning:
-- {{ ref('liquidation_levels') }}
-- Every column has its table's name in front: inside another function, a bare name is read as that one's argument.
select
    bins.*,
    -- Without open interest bins have no amount, and their shares of the side are compared.
    row_number() over (
        partition by bins.venue, bins.symbol, bins.model, bins.side
        order by
            coalesce(bins.quote_per_pct, {{ function('per_pct') }}(bins.side_share, bins.price_low)) desc,
            abs(bins.distance_pct)
    ) as wall_rank,
    cast(within_pct as double) as within_pct

from {{ function('level_bins') }}() as bins
where {{ function('is_reached') }}(bins.side, bins.distance_pct, coalesce({{ function('number_from') }}(within_pct, 0, 'within_pct'), 'infinity'::double))
