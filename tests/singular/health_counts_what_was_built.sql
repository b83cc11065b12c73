select
    health.symbols,
    health.bars,
    health.trades,
    health.last_bar_at

from {{ ref('health') }} as health
full join (select 1 as row_number) as the_only_row
    on true
where
    (select count(*) from {{ ref('health') }}) <> 1
    or health.symbols <> (select count(*) from {{ ref('symbols') }})
    or health.bars <> (select count(*) from {{ ref('int_ticker_bars') }})
    or health.trades <> (select coalesce(sum(row_count), 0) from {{ ref('int_trade_partitions') }})
    or health.last_bar_at is distinct from (select max(last_bar_at) from {{ ref('symbols') }})
    or least(health.tests_passed, health.tests_warned, health.tests_not_run) < 0
