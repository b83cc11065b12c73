with

counts as (

    select
        (select count(*) from {{ ref('health') }}) as rows_of_health,
        (select count(*) from {{ ref('symbols') }}) as symbols,
        (select max(last_bar_at) from {{ ref('symbols') }}) as last_bar_at,
        (select count(*) from {{ ref('int_ticker_bars') }}) as bars,
        (select coalesce(sum(row_count), 0) from {{ ref('int_trade_partitions') }}) as trades

)

select
    counts.rows_of_health,
    counts.symbols,
    health.symbols as symbols_told,
    counts.bars,
    health.bars as bars_told,
    counts.trades,
    health.trades as trades_told,
    counts.last_bar_at,
    health.last_bar_at as last_bar_told

from counts
left join {{ ref('health') }} as health
    on true
where
    counts.rows_of_health <> 1
    or health.symbols <> counts.symbols
    or health.bars <> counts.bars
    or health.trades <> counts.trades
    or health.last_bar_at is distinct from counts.last_bar_at
    or least(health.tests_passed, health.tests_warned, health.tests_not_run) < 0
