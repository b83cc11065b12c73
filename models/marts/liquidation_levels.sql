with

levels as (

    select * from {{ ref('int_live_levels') }}

),

-- how much of its side each model puts into a bin
bin_shares as (

    select
        symbol,
        model,
        side,
        price_low,
        sum(notional_quote) / sum(sum(notional_quote)) over (partition by symbol, model, side) as side_share

    from levels
    group by symbol, model, side, price_low

),

models_of_side as (

    select
        symbol,
        side,
        count(distinct model) as model_count

    from levels
    group by symbol, side

),

-- one where all models put the same share of their side into the bin, falling to zero where only one puts any
agreement as (

    select
        bin_shares.symbol,
        bin_shares.side,
        bin_shares.price_low,
        case
            when max(models_of_side.model_count) < 2 then null
            when count(*) < max(models_of_side.model_count) then 0
            else min(bin_shares.side_share) / max(bin_shares.side_share)
        end as confidence

    from bin_shares
    inner join models_of_side
        on bin_shares.symbol = models_of_side.symbol
        and bin_shares.side = models_of_side.side
    group by bin_shares.symbol, bin_shares.side, bin_shares.price_low

),

final as (

    select
        levels.as_of,
        levels.symbol,
        levels.model,
        levels.side,
        cast(levels.leverage as double) as leverage,
        levels.price_low,
        levels.price_high,
        levels.quantity_coins,
        levels.notional_quote,
        -- how much of a swept level is really liquidated is not known before it has been fitted
        cast(null as double) as expected_quote,
        sum(levels.notional_quote) over (
            partition by levels.symbol, levels.model, levels.side
            order by case levels.side when 'long' then -levels.price_low else levels.price_low end
        ) as cumulative_quote,
        100 * (
            case levels.side when 'long' then levels.price_high else levels.price_low end / levels.mark_price - 1
        ) as distance_pct,
        agreement.confidence

    from levels
    inner join agreement
        on levels.symbol = agreement.symbol
        and levels.side = agreement.side
        and levels.price_low = agreement.price_low

)

select * from final
