-- Built after every other table, so that all their tests have been run:
-- {{ ref('book_metrics') }} {{ ref('book_scales') }} {{ ref('book_states') }} {{ ref('data_dictionary') }}
-- {{ ref('data_quality') }} {{ ref('data_quality_alerts') }} {{ ref('data_quality_summary') }}
-- {{ ref('data_quality_trends') }} {{ ref('forecast_ratios') }} {{ ref('funding_bias') }}
-- {{ ref('liquidation_heatmap') }} {{ ref('liquidation_history') }} {{ ref('liquidation_levels') }}
-- {{ ref('liquidation_zones') }} {{ ref('margin_tiers') }} {{ ref('max_pain') }} {{ ref('model_assumptions') }}
-- {{ ref('model_scores') }} {{ ref('model_weights') }} {{ ref('open_interest_attribution') }}
-- {{ ref('price_bars') }} {{ ref('price_near_zones') }} {{ ref('realised_liquidations') }}
-- {{ ref('volume_profile_daily') }} {{ ref('int_trade_profile_hashes') }} {{ ref('int_weight_versions') }}
-- {{ ref('int_margin_brackets') }} {{ ref('int_forecast_fits') }}
with

symbols as (

    select * from {{ ref('symbols') }}

),

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

trade_partitions as (

    select * from {{ ref('int_trade_partitions') }}

),

health as (

    select
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as built_at,
        '{{ invocation_id }}' as invocation_id,
        '{{ dbt_version }}' as dbt_version,
        '{{ project_version() }}' as project_version,
        project_commit() as project_commit,
        'dbt {{ flags.WHICH }}' as command,
        '{{ target.name }}' as target,
        '{{ vars_given() | tojson | replace("'", "''") }}' as vars_given,
        nullif('{{ build_shortfalls() | join("; ") | replace("'", "''") }}', '') as not_for_readers_because,
        (select count(*) from symbols) as symbols,
        coalesce((select cast(sum(row_count) as bigint) from trade_partitions), 0) as trades,
        (select count(*) from bars) as bars,
        (select max(last_bar_at) from symbols) as last_bar_at,
        {{ tests_passed() }} as tests_passed,
        {{ tests_warned() }} as tests_warned,
        {{ tests_not_run() }} as tests_not_run,
        {{ is_live_build() | string | lower }} as is_live,
        {{ whole_built_at() }} as whole_built_at

)

select * from health
