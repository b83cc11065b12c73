{{ config(pre_hook=["{{ create_kept_days_list() }}", "{{ forget_changed_days() }}"]) }}

{%- set tables_of_the_book = "'int_book_totals', 'int_swept_cells', 'book_states'" %}
{%- set lookback = whole_lookback_days() %}

with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

klines as (

    select * from {{ ref('int_klines_chosen') }}

),

profile_hashes as (

    select * from {{ ref('int_trade_profile_hashes') }}

),

funding as (

    select * from {{ ref('int_funding_bias') }}

),

schedules as (

    select * from {{ ref('int_margin_schedules') }}

),

kept_days as (

    select * from {{ kept_days_list() }}

),

-- A hash of everything a day of the book is made of. What was confirmed later counts on the day that confirmed it.
parts_of_days as (

    select
        symbol,
        trade_date,
        sum(hash(
            bar_at, path_low, path_high, volume_coins, open_interest_coins, turnover_coins, opened_coins,
            closing_hazard, is_observed, stock_known_at
        )) as part_hash

    from flows
    group by symbol, trade_date

    union all

    select
        symbol,
        trade_date,
        sum(hash(bars)) as part_hash

    from bars
    group by symbol, trade_date

    union all

    select
        symbol,
        trade_date,
        sum(hash(klines)) as part_hash

    from klines
    group by symbol, trade_date

    union all

    select
        symbol,
        trade_date,
        hash(row_hash) as part_hash

    from profile_hashes

    union all

    select
        symbol,
        cast(funding_at as date) as trade_date,
        sum(hash(funding_at, long_tilt)) as part_hash

    from funding
    group by symbol, cast(funding_at as date)

),

days_with_bars as (

    select distinct
        symbol,
        trade_date

    from flows

),

days_with_hash as (

    select
        days.symbol,
        days.trade_date,
        sum(hash(parts.part_hash)) + any_value(hash(cast(schedules.brackets as varchar))) as day_hash

    from days_with_bars as days
    inner join parts_of_days as parts
        on days.symbol = parts.symbol
        and days.trade_date = parts.trade_date
    left join schedules
        on days.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, days.trade_date)
    group by days.symbol, days.trade_date

),

-- A day of the book is made of itself and of the lookback before it.
days_with_version as (

    select
        symbol,
        trade_date,
        '{{ book_definition() }} ' || version() || ' ' || sum(day_hash) over (
            partition by symbol order by trade_date
            range between interval {{ lookback + 2 }} days preceding and current row
        ) as book_version,
        max(trade_date) over (partition by symbol) as last_date

    from days_with_hash

),

-- The book of the newest days is kept by the bar, that of older days by the column of the heatmap.
days_with_columns as (

    select
        symbol,
        trade_date,
        book_version,
        trade_date > last_date - {{ var('fine_days') }} as is_fine,
        book_version || if(is_fine, '', ' by {{ var('display_minutes') }} minutes') as states_version,
        trade_date >= last_date - {{ var('book_days') + 1 }} as is_kept,
        last_date

    from days_with_version

),

listed_days as (

    select
        days.symbol,
        days.trade_date,
        count(*) filter (kept_days.table_name in ({{ tables_of_the_book }})) as tables_of_the_book,
        count(*) filter (
            kept_days.table_name in ('int_stretch_cohorts', 'int_stretch_entries')
        ) as tables_of_cohorts

    from days_with_columns as days
    inner join kept_days
        on days.symbol = kept_days.symbol
        and days.trade_date = kept_days.trade_date
        and case kept_days.table_name
            when 'book_states' then days.states_version
            else days.book_version
        end = kept_days.version
    group by days.symbol, days.trade_date

),

days_with_replay as (

    select
        days.*,
        days.is_kept and coalesce(listed_days.tables_of_the_book, 0) < 3 as is_replayed,
        coalesce(listed_days.tables_of_cohorts, 0) = 2 as has_cohorts

    from days_with_columns as days
    left join listed_days
        on days.symbol = listed_days.symbol
        and days.trade_date = listed_days.trade_date

),

-- Cohorts are kept as far back as a day that comes late, or one that is replayed now, may need them.
days as (

    select
        symbol,
        trade_date,
        book_version,
        states_version,
        is_fine,
        is_kept,
        is_replayed,
        trade_date >= least(
            min(case when is_replayed then trade_date end) over (partition by symbol),
            last_date - {{ var('late_days') }}
        ) - {{ lookback + 1 }} as has_living_cohorts,
        has_living_cohorts and (is_replayed or not has_cohorts) as is_opened

    from days_with_replay

)

select * from days
