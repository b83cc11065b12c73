{#- Stops a build whose settings cannot work, before it makes numbers that look right. All faults are told at once. -#}

{%- macro require_settings() -%}
    {%- if execute and flags.EMPTY -%}
        {{ exceptions.raise_compiler_error(
            "--empty would replace the tables of the last build with empty ones.\n"
            ~ "  What to do: use '--target dev', which builds a sample of the lake into files of its own."
        ) }}
    {%- endif -%}
    {%- if execute and adapter.dispatch('scalar_function_sql', 'dbt').macro.package_name == 'dbt' -%}
        {{ exceptions.raise_compiler_error(
            "The functions of this package need its own way to create them.\n"
            ~ "  What to do: add to dbt_project.yml 'dispatch: [{macro_namespace: dbt, search_order: ["
            ~ project_name ~ ", liquidation_heatmap, dbt]}]'."
        ) }}
    {%- endif -%}
    {%- set rules = [
        ('bar_minutes', 'a whole number of minutes that divides a day',
            var('bar_minutes') is integer and var('bar_minutes') > 0 and 1440 % var('bar_minutes') == 0),
        ('bin_bps', 'a whole number that divides 5000, or bins of different widths would not meet (1, 2, 5, 10, 20, 50, ...)',
            var('bin_bps') is integer and var('bin_bps') > 0 and 5000 % var('bin_bps') == 0),
        ('display_minutes', 'a multiple of bar_minutes that divides a day',
            var('display_minutes') is integer and var('display_minutes') > 0
            and var('display_minutes') % var('bar_minutes') == 0 and 1440 % var('display_minutes') == 0),
        ('leverage_group_edges', 'whole numbers from small to large',
            var('leverage_group_edges') and var('leverage_group_edges') | select('integer') | list == var('leverage_group_edges')
            and var('leverage_group_edges') | unique | sort | list == var('leverage_group_edges')),
        ('lookback_days', 'above 0', var('lookback_days') is number and var('lookback_days') > 0),
        ('history_days', 'above 0', var('history_days') is number and var('history_days') > 0),
        ('book_days', 'a whole number of days, history_days or more',
            var('book_days') is integer and var('history_days') is number and var('book_days') >= var('history_days')),
        ('fine_days', 'a whole number of days, 1 or more', var('fine_days') is integer and var('fine_days') >= 1),
        ('late_days', 'a whole number of days, 0 or more', var('late_days') is integer and var('late_days') >= 0),
        ('contract_jump', 'above 1', var('contract_jump') is number and var('contract_jump') > 1),
        ('contract_halt_hours', 'above 0', var('contract_halt_hours') is number and var('contract_halt_hours') > 0),
        ('contract_gap_days', 'above 0', var('contract_gap_days') is number and var('contract_gap_days') > 0),
        ('turnover', 'a share from 0 to 1', var('turnover') is number and 0 <= var('turnover') <= 1),
        ('trades_coverage_min', 'a share from 0 to 1',
            var('trades_coverage_min') is number and 0 <= var('trades_coverage_min') <= 1),
        ('burn_in_half_lives', '0 or more', var('burn_in_half_lives') is number and var('burn_in_half_lives') >= 0),
        ('funding_half_life_hours', 'above 0',
            var('funding_half_life_hours') is number and var('funding_half_life_hours') > 0),
        ('funding_tilt', '0 or more', var('funding_tilt') is number and var('funding_tilt') >= 0),
        ('atr_minutes', 'a whole multiple of bar_minutes',
            var('atr_minutes') is integer and var('atr_minutes') > 0 and var('atr_minutes') % var('bar_minutes') == 0),
        ('atr_candles', 'a whole number above 0', var('atr_candles') is integer and var('atr_candles') > 0),
        ('zone_metric', 'log or price', var('zone_metric') in ('log', 'price')),
        ('zone_surroundings_pct', 'above 0', var('zone_surroundings_pct') is number and var('zone_surroundings_pct') > 0),
        ('zone_min_samples', 'above 0', var('zone_min_samples') is number and var('zone_min_samples') > 0),
        ('zone_eps_atr', 'above 0', var('zone_eps_atr') is number and var('zone_eps_atr') > 0),
        ('zone_eps_pct', 'above 0, or auto',
            var('zone_eps_pct') == 'auto' or var('zone_eps_pct') is number and var('zone_eps_pct') > 0),
        ('refit_days', 'a whole number above 0', var('refit_days') is integer and var('refit_days') > 0),
        ('kappa_prior_spread', 'above 1', var('kappa_prior_spread') is number and var('kappa_prior_spread') > 1),
        ('mix_uncertainty', '0 or more', var('mix_uncertainty') is number and var('mix_uncertainty') >= 0),
        ('closing_uncertainty', '0 or more', var('closing_uncertainty') is number and var('closing_uncertainty') >= 0),
        ('alert_cooldown_days', 'a whole number, 1 or more',
            var('alert_cooldown_days') is integer and var('alert_cooldown_days') >= 1),
        ('alert_zone_distance_pct', 'above 0 and below 100',
            var('alert_zone_distance_pct') is number and 0 < var('alert_zone_distance_pct') < 100),
        ('alert_zone_share', 'above 0 and at most 1',
            var('alert_zone_share') is number and 0 < var('alert_zone_share') <= 1),
        ('anomaly_z_score', 'above 0', var('anomaly_z_score') is number and var('anomaly_z_score') > 0),
        ('as_of', 'a UTC time like 2025-10-27 00:00:00, or empty',
            modules.re.fullmatch('(\\d{4}-\\d{2}-\\d{2}( \\d{2}:\\d{2}(:\\d{2})?)?)?', var('as_of') | string) is not none),
    ] -%}
    {%- set faults = [] -%}
    {%- for name, requirement, holds in rules if not holds -%}
        {%- do faults.append("  " ~ name ~ " is " ~ (var(name) | tojson) ~ ": must be " ~ requirement ~ ".") -%}
    {%- endfor -%}
    {%- if execute and faults -%}
        {{ exceptions.raise_compiler_error(
            "Settings that cannot work:\n" ~ faults | join("\n")
            ~ "\n  What to do: change them in dbt_project.yml, or where --vars overrides them."
        ) }}
    {%- endif -%}
{%- endmacro -%}
