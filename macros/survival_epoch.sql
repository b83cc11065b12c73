{#- What was opened at different times is added up by bringing it to one time: divided by survival then, times survival now.
    Over weeks of heavy turnover those factors leave the range of numbers, so cohorts are taken together per 20 units of log
    survival only. Within an epoch a factor is at most e^20, which exact sums can hold, and two epochs on nothing is left. -#}

{%- macro survival_epoch(log_survival) -%}
    cast(floor(-{{ log_survival }} / 20) as bigint)
{%- endmacro -%}

{#- Coins at a time, as coins at the start of the epoch, summed. What left three epochs later had nothing left. -#}

{%- macro to_epoch_start(coins, log_survival, epoch, over) -%}
    {{ exact_sum(coins ~ ' * exp(least(-' ~ log_survival ~ ' - 20 * ' ~ epoch ~ ', 60))', decimals=12, over=over) }}
{%- endmacro -%}

{%- macro from_epoch_start(coins, log_survival, epoch) -%}
    {{ coins }} * exp({{ log_survival }} + 20 * {{ epoch }})
{%- endmacro -%}
