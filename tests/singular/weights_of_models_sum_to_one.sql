-- Only learned weights: before, they are the proportions of a seed. They are kept to six digits.
select
    symbol,
    leverage_group,
    sum(weight) as total_weight

from {{ ref('model_weights') }}
where model <> 'ensemble' and observations > 0
group by symbol, leverage_group
having abs(sum(weight) - 1) > 1e-5
