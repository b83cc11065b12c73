select
    mix,
    sum(share) as total_share

from {{ ref('int_leverage_mixes') }}
group by mix
having abs(sum(share) - 1) > 1e-12
