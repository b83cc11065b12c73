{{ config(materialized='kept_by_day', days='is_kept', made_of='is_replayed') }}

{%- set lookback = whole_lookback_days() %}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

models as (

    select * from {{ ref('models') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

arrivals as (

    select * from {{ ref('int_book_arrivals') }}

),

openings as (

    select * from {{ ref('int_cohort_openings') }}

),

entries as (

    select * from {{ ref('int_stretch_entries') }}

),

bars_in_batch as (

    select
        survival.*,
        flows.open_interest_coins

    from survival
    semi join batch
        on survival.symbol = batch.symbol
        and survival.trade_date = batch.trade_date
    inner join flows
        on survival.symbol = flows.symbol
        and survival.bar_at = flows.bar_at

),

-- In whole numbers of 1e-12 coins, so that what is left when all is swept is exactly zero.
holdings as (

    select
        * exclude (stretch_coins),
        cast(round(stretch_coins * 1e12) as hugeint) as held_units

    from arrivals

),

changes as (

    select
        symbol,
        model,
        side,
        stretch_at,
        from_bar_at as bar_at,
        sum(held_units) as change_units

    from holdings
    group by symbol, model, side, stretch_at, from_bar_at

    union all

    select
        symbol,
        model,
        side,
        stretch_at,
        swept_at as bar_at,
        -sum(held_units) as change_units

    from holdings
    where swept_at is not null
    group by symbol, model, side, stretch_at, swept_at

),

net_changes as (

    select
        symbol,
        model,
        side,
        stretch_at,
        bar_at,
        sum(change_units) as change_units

    from changes
    group by symbol, model, side, stretch_at, bar_at

),

books as (

    select distinct
        symbol,
        model,
        side,
        stretch_at

    from net_changes

),

running_totals as (

    select
        books.symbol,
        books.model,
        books.side,
        sum(coalesce(net_changes.change_units, 0)) over (
            partition by books.symbol, books.model, books.side, books.stretch_at order by bars.bar_at
        ) / 1e12 as stretch_coins,
        bars.log_survival,
        bars.log_survival_at_start,
        bars.open_interest_coins,
        bars.trade_date,
        bars.stretch_at,
        bars.bar_at

    from books
    inner join bars_in_batch as bars
        on books.symbol = bars.symbol
        and books.stretch_at = bars.stretch_at
    left join net_changes
        on books.symbol = net_changes.symbol
        and books.model = net_changes.model
        and books.side = net_changes.side
        and bars.bar_at = net_changes.bar_at

),

alive_totals as (

    select
        totals.symbol,
        totals.model,
        totals.side,
        models.book,
        exp(
            case
                when models.book = 'flow' then cast(totals.log_survival - totals.log_survival_at_start as double)
                else 0
            end
        ) as left_share,
        totals.stretch_coins * left_share as alive_coins,
        totals.open_interest_coins,
        totals.trade_date,
        totals.stretch_at,
        totals.bar_at

    from running_totals as totals
    inner join models
        on totals.model = models.model
    -- A book of less than a millionth of the open interest is left out: it may be no more than the rounding of the much
    -- larger sums it comes from.
    where
        totals.stretch_coins > 0
        and not coalesce(totals.stretch_coins * left_share < 1e-6 * totals.open_interest_coins, false)

),

stretches_in_batch as (

    select distinct
        symbol,
        trade_date,
        stretch_at

    from bars_in_batch

),

-- What entered within the lookback, liquidated or not, in models whose kind of book is spread. Only these report which
-- share of it is still there.
entered_before as (

    select
        stretches.symbol,
        entries.model,
        entries.side,
        {{ exact_sum('entries.entered_coins', decimals=15) }} as entered_coins,
        stretches.stretch_at

    from stretches_in_batch as stretches
    inner join entries
        on stretches.symbol = entries.symbol
        and stretches.stretch_at > entries.stretch_at
        and stretches.trade_date - {{ lookback + 1 }} <= entries.trade_date
        and stretches.trade_date < entries.too_old_on
    group by stretches.symbol, entries.model, entries.side, stretches.stretch_at

),

entered_in_stretch as (

    select
        openings.symbol,
        openings.model,
        openings.side,
        {{ exact_sum('openings.quantity_coins', decimals=15) }} as entered_coins,
        openings.stretch_at,
        openings.known_at

    from openings
    semi join batch
        on openings.symbol = batch.symbol
        and openings.trade_date = batch.trade_date
    where openings.book = 'spread'
    group by openings.symbol, openings.model, openings.side, openings.stretch_at, openings.known_at

),

entered_totals as (

    select
        symbol,
        model,
        side,
        {{ exact_sum(
            'entered_coins', decimals=15, over='over (partition by symbol, model, side, stretch_at order by known_at)'
        ) }} as entered_coins,
        stretch_at,
        known_at

    from entered_in_stretch

),

totals_with_entered as (

    select
        totals.*,
        case
            when totals.book = 'spread'
                then coalesce(entered_before.entered_coins, 0) + coalesce(entered_totals.entered_coins, 0)
        end as entered_coins

    from alive_totals as totals
    asof left join entered_totals
        on totals.symbol = entered_totals.symbol
        and totals.model = entered_totals.model
        and totals.side = entered_totals.side
        and totals.stretch_at = entered_totals.stretch_at
        and totals.bar_at >= entered_totals.known_at
    left join entered_before
        on totals.symbol = entered_before.symbol
        and totals.model = entered_before.model
        and totals.side = entered_before.side
        and totals.stretch_at = entered_before.stretch_at

),

-- Books are scaled here and nowhere else: each side holds all of the open interest. Without open interest a book has no
-- scale, and what it holds is known as shares of its side only.
book_totals as (

    select
        symbol,
        model,
        side,
        alive_coins,
        left_share,
        entered_coins,
        open_interest_coins,
        open_interest_coins / alive_coins as scale,
        case book
            when 'flow' then alive_coins / open_interest_coins
            when 'spread' then alive_coins / entered_coins
        end as attributed_ratio,
        trade_date,
        stretch_at,
        bar_at

    from totals_with_entered

)

select * from book_totals
