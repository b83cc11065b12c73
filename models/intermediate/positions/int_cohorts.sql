{{ config(materialized='view') }}

with

entries as (

    select * from {{ ref('int_entries') }}

),

models as (

    select * from {{ ref('models') }}

),

schedules as (

    select * from {{ ref('int_margin_schedules') }}

),

mixes as (

    select * from {{ ref('int_tilted_mixes') }}

),

entries_with_brackets as (

    select
        entries.*,
        models.price_formula,
        schedules.brackets,
        {{ function('max_leverage') }}(entries.position_quote, schedules.brackets) as max_leverage

    from entries
    inner join models
        on entries.model = models.model
    inner join schedules
        on entries.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, entries.opened_at)

),

-- Each entry is divided over the leverages of its mix. A leverage above what the exchange grants to a position of that
-- size is lowered to it (https://www.binance.com/en/support/faq/360033162192); the naive formula has no such limit.
entries_with_leverage as (

    select
        entries.model,
        entries.symbol,
        entries.side,
        case entries.price_formula
            when 'naive' then mixes.leverage
            else least(mixes.leverage, entries.max_leverage)
        end as leverage,
        entries.size_class,
        entries.entry_price,
        entries.quantity_coins * mixes.share as quantity_coins,
        entries.position_quote / entries.entry_price as position_coins,
        entries.price_formula,
        entries.brackets,
        entries.opened_at,
        entries.known_at

    from entries_with_brackets as entries
    inner join mixes
        on entries.mix = mixes.mix
        and entries.tilted_at is not distinct from mixes.tilted_at
        and case when entries.tilted_at is not null then entries.symbol end is not distinct from mixes.symbol
        and case when entries.tilted_at is not null then entries.side end is not distinct from mixes.side
    -- The exchange opens no position larger than its last bracket.
    where (entries.price_formula = 'naive' or entries.max_leverage is not null) and entries.quantity_coins > 0

),

cohorts as (

    select
        symbol,
        model,
        side,
        leverage,
        size_class,
        entry_price,
        quantity_coins,
        position_coins,
        case price_formula
            when 'naive'
                then {{ function('naive_liquidation_price') }}(side, entry_price, leverage, brackets[1].margin_rate)
            else {{ function('isolated_liquidation_price') }}(side, entry_price, leverage, position_coins, brackets)
        end as liquidation_price,
        opened_at,
        known_at

    from entries_with_leverage

)

select * from cohorts
