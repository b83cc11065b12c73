with

models as (

    select * from {{ ref('models') }}

),

hazards as (

    select * from {{ ref('closing_hazards') }}

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

opening_bars as (

    select
        flows.symbol,
        {{ function('bin_floor') }}(flows.mark_close) as close_bin_low,
        flows.bar_at as opened_at,
        expiry.bar_at as expires_at

    from flows
    asof left join flows as expiry
        on flows.symbol = expiry.symbol
        and flows.bar_ends_at + {{ var('lookback_days') }} * interval '1 day' <= expiry.bar_ends_at

),

-- The bar that opened a cohort does not liquidate it. A cohort whose bin lies beyond that bar's close never enters the
-- book. Any other is liquidated by the first later bar that touches its bin.
cohorts_with_sweep as (

    select
        cohort_bins.*,
        case cohort_bins.side
            when 'long' then cohort_bins.price_low >= opening_bars.close_bin_low
            else cohort_bins.price_low <= opening_bars.close_bin_low
        end as is_beyond_close,
        swept_bins.bar_at as swept_at,
        opening_bars.expires_at

    from cohort_bins
    inner join opening_bars
        on cohort_bins.symbol = opening_bars.symbol
        and cohort_bins.opened_at = opening_bars.opened_at
    asof left join swept_bins
        on cohort_bins.symbol = swept_bins.symbol
        and cohort_bins.price_low = swept_bins.price_low
        and cohort_bins.opened_at < swept_bins.bar_at

),

-- A leverage closes at the rate of the highest leverage in the seed closing_hazards that is not above it.
hazard_leverages as (

    select
        leverages.leverage,
        max(hazards.leverage) as hazard_leverage

    from (select distinct leverage from cohort_bins) as leverages
    inner join hazards
        on leverages.leverage >= hazards.leverage
    group by leverages.leverage

),

cohorts_with_hazard as (

    select
        cohorts.symbol,
        cohorts.model,
        cohorts.side,
        cohorts.leverage,
        case models.book when 'flow' then hazard_leverages.hazard_leverage else 0 end as hazard_leverage,
        cohorts.price_low,
        cohorts.quantity_coins,
        not cohorts.is_beyond_close
        and cohorts.known_at < coalesce(least(cohorts.swept_at, cohorts.expires_at), 'infinity') as is_in_book,
        coalesce(cohorts.swept_at <= cohorts.expires_at, cohorts.swept_at is not null) as is_swept,
        cohorts.opened_at,
        cohorts.known_at,
        cohorts.expires_at,
        least(cohorts.swept_at, cohorts.expires_at) as left_at

    from cohorts_with_sweep as cohorts
    inner join models
        on cohorts.model = models.model
    inner join hazard_leverages
        on cohorts.leverage = hazard_leverages.leverage

),

lives as (

    select
        cohorts.*,
        survival.log_survival as known_log_survival

    from cohorts_with_hazard as cohorts
    inner join survival
        on cohorts.symbol = survival.symbol
        and cohorts.hazard_leverage = survival.hazard_leverage
        and cohorts.known_at = survival.bar_at

)

select * from lives
