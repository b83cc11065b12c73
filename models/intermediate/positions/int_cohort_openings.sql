{{ config(materialized='kept_by_day', days='is_opened', made_of='is_opened') }}

{%- set lookback = whole_lookback_days() %}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

models as (

    select * from {{ ref('models') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

swept_bins as (

    select * from {{ ref('int_swept_bins') }}

),

cohort_bins as (

    select * from {{ ref('int_cohort_bins') }}

),

bars_in_batch as (

    select survival.*

    from survival
    semi join batch
        on survival.symbol = batch.symbol
        and survival.trade_date = batch.trade_date

),

cohorts as (

    select
        cohort_bins.*,
        models.book,
        case cohort_bins.side
            when 'long' then cohort_bins.price_low >= {{ function('bin_floor') }}(flows.mark_close)
            else cohort_bins.price_low <= {{ function('bin_floor') }}(flows.mark_close)
        end as is_beyond_close,
        flows.trade_date + {{ lookback }} as too_old_on,
        bars_in_batch.trade_date,
        bars_in_batch.stretch_at

    from cohort_bins
    inner join bars_in_batch
        on cohort_bins.symbol = bars_in_batch.symbol
        and cohort_bins.known_at = bars_in_batch.bar_at
    inner join flows
        on cohort_bins.symbol = flows.symbol
        and cohort_bins.opened_at = flows.bar_at
    inner join models
        on cohort_bins.model = models.model
    where bars_in_batch.trade_date < flows.trade_date + {{ lookback }}

),

-- The bar that opened a cohort does not liquidate it. A cohort whose bin lies beyond that bar's close never enters the
-- book. Any other is liquidated by the first later bar that touches its bin.
cohorts_with_sweep as (

    select
        cohorts.*,
        not cohorts.is_beyond_close and coalesce(swept_bins.bar_at > cohorts.known_at, true) as is_in_book,
        swept_bins.bar_at as first_swept_at,
        swept_bins.stretch_at as swept_in_stretch_at

    from cohorts
    asof left join swept_bins
        on cohorts.symbol = swept_bins.symbol
        and cohorts.price_low = swept_bins.price_low
        and cohorts.opened_at < swept_bins.bar_at

),

-- What entered and never was in the book counts for the models that say how much of what entered is still there.
openings as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        quantity_coins,
        book,
        is_in_book,
        trade_date,
        stretch_at,
        known_at,
        case when is_in_book and stretch_at = swept_in_stretch_at then first_swept_at end as swept_at,
        too_old_on

    from cohorts_with_sweep
    -- The sum of a bin's pieces may round to nothing.
    where quantity_coins > 0 and (is_in_book or book = 'spread')

)

select * from openings
