-- One row per leg of an account in one symbol, the long first: what the exchange grants it and where it is liquidated,
-- with what the account has and needs at entry, at the mark price, and at the liquidation nearest to the mark price.
with

market as (
    select
        symbols.mark_price,
        brackets_of(symbols.symbol, symbols.last_bar_at, of_venue := symbols.venue) as brackets

    from symbols
    where symbols.venue = $venue and symbols.symbol = $symbol
),

asked_legs as (
    select
        unnest($sides) as side,
        unnest($entry_prices) as entry_price,
        unnest($sizes) as size
),

-- A size in USDT is the notional itself, because quantity times price may miss the edge of a bracket by the last digit.
legs as (
    select
        side,
        entry_price,
        if($unit = 'coins', size, size / entry_price) as quantity,
        if($unit = 'coins', size * entry_price, size) as notional

    from asked_legs
),

-- An isolated position is an account of its own, whose wallet is the initial margin.
account as (
    select
        coalesce(any_value(entry_price) filter (where side = 'long'), 0) as long_entry_price,
        coalesce(any_value(quantity) filter (where side = 'long'), 0) as long_quantity,
        coalesce(any_value(entry_price) filter (where side = 'short'), 0) as short_entry_price,
        coalesce(any_value(quantity) filter (where side = 'short'), 0) as short_quantity,
        sum(notional) / $leverage as initial_margin,
        if($mode = 'isolated', sum(notional) / $leverage, $wallet_balance) as wallet_balance

    from legs
),

legs_of_account as (
    select
        *,
        hedge_liquidation_range(
            long_entry_price, long_quantity, short_entry_price, short_quantity,
            wallet_balance, $other_maintenance_margin, $other_unrealised_profit, brackets
        ) as safe_prices

    from legs
    cross join account
    cross join market
),

-- A price of less than 1e-9 is the rounding of zero, and counts as no price.
legs_with_price as (
    select
        *,
        case
            when $mode = 'isolated'
                then isolated_liquidation_price(side, entry_price, $leverage, quantity, brackets)
            when $mode = 'cross'
                then cross_liquidation_price(
                    side, entry_price, quantity,
                    wallet_balance, $other_maintenance_margin, $other_unrealised_profit, brackets
                )
            else if(side = 'long', safe_prices.below, safe_prices.above)
        end as liquidation_price,
        coalesce(liquidation_price > 1e-9, false) as has_price

    from legs_of_account
),

-- The leg nearest to its liquidation ranks first. Where no price liquidates any, the larger leg stands for the account.
ranked_legs as (
    select
        *,
        row_number() over by_distance = 1 as is_nearest,
        first_value(liquidation_price) over by_distance as nearest_price

    from legs_with_price
    window by_distance as (
        order by
            has_price desc,
            if(has_price, abs(liquidation_price - mark_price), -quantity),
            side
    )
)

select
    side,
    entry_price,
    quantity,
    notional,
    max_leverage(notional, brackets) as max_leverage,
    liquidation_price,
    has_price,
    is_nearest,
    bracket_number(notional, brackets) as entry_bracket,
    brackets[entry_bracket].margin_rate as entry_rate,
    naive_liquidation_price(side, entry_price, $leverage, entry_rate) as naive_price,
    bracket_number(quantity * nearest_price, brackets) as nearest_bracket,
    brackets[nearest_bracket].margin_rate as nearest_rate,
    brackets[nearest_bracket].maintenance_amount as nearest_amount,
    -- The columns from here on are those of the account.
    initial_margin,
    sum(maintenance_margin_of(notional, brackets)) over () as entry_margin,
    sum(maintenance_margin_of(quantity * nearest_price, brackets)) over () as nearest_margin,
    margin_ratio(
        sum(maintenance_margin_of(quantity * mark_price, brackets)) over () + $other_maintenance_margin,
        account_equity(
            mark_price, long_entry_price, long_quantity, short_entry_price, short_quantity,
            wallet_balance, $other_unrealised_profit
        )
    ) as margin_ratio,
    account_bankruptcy_price(
        long_entry_price, long_quantity, short_entry_price, short_quantity, wallet_balance, $other_unrealised_profit
    ) as bankruptcy_price

from ranked_legs
order by side
