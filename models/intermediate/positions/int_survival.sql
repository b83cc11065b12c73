with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

hazards as (

    select
        leverage,
        hazard

    from {{ ref('closing_hazards') }}

    union all

    -- Leverage 0 stands for models in which nothing closes.
    select
        0 as leverage,
        0 as hazard

),

-- Survival is a sum of logarithms, not a product: what is left between any two bars is then one subtraction, and no
-- number becomes too small.
survival as (

    select
        flows.symbol,
        hazards.leverage as hazard_leverage,
        {{ exact_sum(
            'ln(1 - least(hazards.hazard * flows.closing_hazard, 0.99))', decimals=15,
            over='over (partition by flows.symbol, hazards.leverage order by flows.bar_at)'
        ) }} as log_survival,
        flows.bar_at

    from flows
    cross join hazards

)

select * from survival
