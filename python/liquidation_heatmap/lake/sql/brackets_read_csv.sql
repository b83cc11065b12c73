insert into incoming
select *
from read_csv(
    $csv,
    columns = {
        'as_of': 'DATE',
        'symbol': 'VARCHAR',
        'bracket': 'DOUBLE',
        'notional_floor': 'DOUBLE',
        'notional_cap': 'DOUBLE',
        'maintenance_margin_rate': 'DOUBLE',
        'max_leverage': 'DOUBLE',
        'maintenance_amount': 'DOUBLE'
    },
    header = true,
    auto_detect = false,
    delim = ',',
    hive_partitioning = false
)
