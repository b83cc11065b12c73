with

symbols as (

    select * from {{ ref('symbols') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

trade_partitions as (

    select * from {{ ref('int_trade_partitions') }}

),

final as (

    select
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as built_at,
        '{{ dbt_version }}' as dbt_version,
        '{{ project_version() }}' as project_version,
        (select count(*) from symbols) as symbols,
        coalesce((select cast(sum(row_count) as bigint) from trade_partitions), 0) as trades,
        (select count(*) from bars) as bars,
        (select max(last_bar_at) from symbols) as last_bar_at,
        {{ tests_passed() }} as tests_passed,
        {{ tests_warned() }} as tests_warned

)

select * from final
-- built last, so that every test above it has been run: {{ ref('liquidation_levels') }} {{ ref('margin_tiers') }}
