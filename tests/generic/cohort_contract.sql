{% test cohort_contract(model) %}

-- What every model must yield, whatever it assumes: returns the cohorts that break it. A cohort without a price is one
-- larger than the last bracket; the exchange would not have opened it.
select *

from {{ model }}
where
    symbol is null
    or model is null
    or opened_at is null
    or side not in ('long', 'short')
    or not coalesce(quantity_coins > 0, false)
    or not coalesce(position_coins > 0, false)
    or not coalesce(entry_price > 0, false)
    or (liquidation_price is not null and not coalesce(leverage >= 1, false))
    or (side = 'long' and liquidation_price >= entry_price)
    or (side = 'short' and liquidation_price <= entry_price)

{% endtest %}
