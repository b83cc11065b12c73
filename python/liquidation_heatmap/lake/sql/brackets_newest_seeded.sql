-- The brackets of each symbol's newest version in the seed, in order.
select
    symbol,
    first_seen_on as as_of,
    min_notional as notional_floor,
    max_notional as notional_cap,
    margin_rate as maintenance_margin_rate,
    max_leverage
from read_csv(
    $file,
    header = true,
    columns = {
        'symbol': 'varchar', 'first_seen_on': 'date', 'tier_number': 'bigint', 'min_notional': 'double',
        'max_notional': 'double', 'margin_rate': 'double', 'max_leverage': 'double'
    }
)
qualify first_seen_on = max(first_seen_on) over (partition by symbol)
order by symbol, tier_number
