with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

swept_quantities as (

    select * from {{ ref('int_swept_quantities') }}

),

sweeps as (

    select
        observed_bars.symbol,
        observed_bars.source,
        observed_bars.side,
        swept_quantities.model,
        swept_quantities.leverage_group,
        {{ exact_sum(
            'swept_quantities.swept_coins * ' ~ function('bin_middle') ~ '(swept_quantities.price_low)'
        ) }} as swept_quote,
        observed_bars.starts_at

    from observed_bars
    inner join swept_quantities
        on observed_bars.symbol = swept_quantities.symbol
        and observed_bars.side = swept_quantities.side
        and observed_bars.bar_at = swept_quantities.bar_at
    group by all

)

select * from sweeps
