select
    lives.symbol,
    lives.model,
    lives.side,
    lives.price_low,
    lives.opened_at,
    lives.left_at,
    swept_bins.bar_at as swept_at

from {{ ref('int_cohort_lives') }} as lives
inner join {{ ref('int_swept_bins') }} as swept_bins
    on lives.symbol = swept_bins.symbol
    and lives.price_low = swept_bins.price_low
    and lives.opened_at < swept_bins.bar_at
    and (lives.left_at is null or lives.left_at > swept_bins.bar_at)
where lives.is_in_book
