with

events as (

    select * from {{ ref('int_book_events') }}

),

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

models as (

    select * from {{ ref('models') }}

),

changes as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        epoch,
        {{ exact_sum('change_coins', decimals=15) }} as change_coins,
        sum(cohort_change) as cohort_change,
        bar_at

    from events
    group by all

),

series as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        epoch,
        min(bar_at) as first_bar_at

    from changes
    group by all

),

-- Every bar of every series, until two epochs after its own: of what came then, less than e^-40 is left, taken as zero.
running_sums as (

    select
        series.symbol,
        series.model,
        series.side,
        survival.log_survival,
        series.epoch,
        {{ exact_sum(
            function('at_epoch_start') ~ '(coalesce(changes.change_coins, 0), survival.log_survival, series.epoch)',
            decimals=12, over='over by_time'
        ) }} as epoch_coins,
        sum(coalesce(changes.cohort_change, 0)) over by_time as cohort_count,
        survival.bar_at

    from series
    inner join survival
        on series.symbol = survival.symbol
        and series.hazard_leverage = survival.hazard_leverage
        and series.first_bar_at <= survival.bar_at
        and {{ function('survival_epoch') }}(survival.log_survival) <= series.epoch + 2
    left join changes
        on series.symbol = changes.symbol
        and series.model = changes.model
        and series.side = changes.side
        and series.hazard_leverage = changes.hazard_leverage
        and series.epoch = changes.epoch
        and survival.bar_at = changes.bar_at
    window by_time as (
        partition by series.symbol, series.model, series.side, series.hazard_leverage, series.epoch
        order by survival.bar_at
    )

),

alive_totals as (

    select
        symbol,
        model,
        side,
        {{ exact_sum(
            function('from_epoch_start') ~ '(epoch_coins, log_survival, epoch)', decimals=15
        ) }} as alive_coins,
        bar_at

    from running_sums
    -- The count of cohorts is exact. Where it is zero, what the sum shows is rounding.
    where cohort_count > 0
    group by symbol, model, side, bar_at

),

-- Cohorts younger than the lookback, liquidated or not, of models whose kind of book is 'spread'. Only these models
-- report which share of what entered is still there.
lives_until_expiry as (

    select lives.*

    from lives
    inner join models
        on lives.model = models.model
    where models.book = 'spread' and (lives.expires_at is null or lives.known_at < lives.expires_at)

),

entry_events as (

    select
        symbol,
        model,
        side,
        quantity_coins as change_coins,
        known_at as bar_at

    from lives_until_expiry

    union all

    select
        symbol,
        model,
        side,
        -quantity_coins as change_coins,
        expires_at as bar_at

    from lives_until_expiry
    where expires_at is not null

),

entry_changes as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('change_coins', decimals=15) }} as change_coins,
        bar_at

    from entry_events
    group by all

),

entered_totals as (

    select
        symbol,
        model,
        side,
        {{ exact_sum(
            'change_coins', decimals=15, over='over (partition by symbol, model, side order by bar_at)'
        ) }} as entered_coins,
        bar_at

    from entry_changes

),

books_with_open_interest as (

    select
        alive_totals.symbol,
        alive_totals.model,
        alive_totals.side,
        models.book,
        alive_totals.alive_coins,
        entered_totals.entered_coins,
        flows.open_interest_coins,
        alive_totals.bar_at

    from alive_totals
    inner join models
        on alive_totals.model = models.model
    inner join flows
        on alive_totals.symbol = flows.symbol
        and alive_totals.bar_at = flows.bar_at
    asof left join entered_totals
        on alive_totals.symbol = entered_totals.symbol
        and alive_totals.model = entered_totals.model
        and alive_totals.side = entered_totals.side
        and alive_totals.bar_at >= entered_totals.bar_at
    -- A book of less than a millionth of the open interest is left out: it may be no more than the rounding of the much
    -- larger sums it comes from.
    where not coalesce(alive_totals.alive_coins < 1e-6 * flows.open_interest_coins, false)

),

-- Books are scaled here and nowhere else: each side holds all of the open interest. Without open interest a book has no
-- scale, and what it holds is known as shares of its side only.
book_totals as (

    select
        symbol,
        model,
        side,
        alive_coins,
        entered_coins,
        open_interest_coins,
        open_interest_coins / alive_coins as scale,
        case book
            when 'flow' then alive_coins / open_interest_coins
            when 'spread' then alive_coins / entered_coins
        end as attributed_ratio,
        bar_at

    from books_with_open_interest

)

select * from book_totals
