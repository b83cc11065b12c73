{#- What was opened at different times is added up by bringing it to one time: divided by survival then, times survival now.
    Over weeks of heavy turnover those factors leave the range of doubles, so cohorts are taken together per 200 units of
    log survival only. Within an epoch a factor is at most e^200, and of an epoch long gone nothing is left to add. -#}

{%- macro survival_epoch(log_survival) -%}
    cast(floor(-{{ log_survival }} / 200) as bigint)
{%- endmacro -%}

{#- Coins at a time, as coins at the start of the epoch. What left after decaying by e^400 left nothing. -#}

{%- macro to_epoch_start(coins, log_survival, epoch) -%}
    {{ coins }} * exp(least(-{{ log_survival }} - 200 * {{ epoch }}, 600))
{%- endmacro -%}

{%- macro from_epoch_start(coins, log_survival, epoch) -%}
    {{ coins }} * exp({{ log_survival }} + 200 * {{ epoch }})
{%- endmacro -%}
