{%- set lookback = whole_lookback_days() %}

with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

days as (

    select * from {{ ref('int_days') }}

),

-- Cohorts that were opened up to a lookback before the first living ones may still matter.
first_days as (

    select
        symbol,
        min(trade_date) - {{ lookback + 1 }} as first_date

    from days
    where has_living_cohorts
    group by symbol

),

-- The path of a bar starts at the close of the bar before, so prices in a gap between the two are swept as well.
numbered_bins as (

    select
        flows.symbol,
        unnest(generate_series(
            {{ function('bin_number') }}(flows.path_low), {{ function('bin_number') }}(flows.path_high)
        )) as bin_number,
        flows.bar_at

    from flows
    inner join first_days
        on flows.symbol = first_days.symbol
        and flows.trade_date >= first_days.first_date
    where flows.path_low is not null

),

swept_bins as (

    select
        numbered_bins.symbol,
        {{ function('bin_low') }}(numbered_bins.bin_number) as price_low,
        survival.stretch_at,
        numbered_bins.bar_at

    from numbered_bins
    inner join survival
        on numbered_bins.symbol = survival.symbol
        and numbered_bins.bar_at = survival.bar_at

)

select * from swept_bins
