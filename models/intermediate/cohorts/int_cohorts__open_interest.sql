with

profile as (

    select * from {{ ref('int_market_profile') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

bar_open_interest as (

    select * from {{ ref('int_bar_open_interest') }}

),

-- today's positions are looked for where trading went along with rising open interest
rising as (

    select
        profile.symbol,
        profile.size_tier,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins,
        profile.position_quote,
        profile.quantity_coins
        / ({{ exact_sum('profile.quantity_coins', over='over (partition by profile.symbol)') }}) as volume_share,
        profile.bar_at as opened_at

    from profile
    inner join market_window
        on profile.symbol = market_window.symbol
        and profile.bar_at >= market_window.window_starts_at
    inner join bar_open_interest
        on profile.symbol = bar_open_interest.symbol
        and profile.bar_at = bar_open_interest.bar_at
    where bar_open_interest.change_coins > 0

),

-- every contract has a long and a short, so both sides hold all of it
entries as (

    select
        rising.symbol,
        sides.side,
        rising.size_tier,
        rising.entry_price,
        rising.volume_share * market_window.open_interest_coins as quantity_coins,
        rising.position_quote,
        rising.opened_at

    from rising
    inner join market_window
        on rising.symbol = market_window.symbol
    cross join (values ('long'), ('short')) as sides (side)
    where market_window.open_interest_coins > 0

),

cohorts as (

    {{ leveraged_cohorts('open_interest', 'entries', mix='stock') }}

)

select * from cohorts
