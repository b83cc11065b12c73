{#- SQL of what a fit of int_forecast_fits expects of a path. -#}

{%- macro expected_by_fit(fit, path) -%}
    {{ function('expected_liquidations') }}(
        {{ fit }}.level, {{ fit }}.long_slope, {{ fit }}.path_slope, {{ fit }}.range_slope, {{ fit }}.swept_slope,
        {{ fit }}.least_path_quote, {{ fit }}.least_range_pct, {{ fit }}.least_swept_ratio,
        {{ path }}.side = 'long', {{ path }}.path_quote, {{ path }}.range_pct, {{ path }}.swept_quote
    )
{%- endmacro -%}

{#- Columns with the factors from what is expected to the ends of its 90 % interval, by size of the forecast: the 5 % and 95 %
    quantiles of past ratios, which are half a percent apart. What is expected is a mean, and lies in its interval by definition.
    They stand for the lists of ratios, which are too large to be taken along with every bar or bin. -#}

{%- macro interval_factors() -%}
    {%- for size in ['small', 'middling', 'large'] %}
        least({{ size }}_ratios[10], 1) as {{ size }}_low,
        greatest({{ size }}_ratios[190], 1) as {{ size }}_high{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}

{#- SQL of the factor for a forecast of a size: to the low or the high end of its interval. -#}

{%- macro interval_factor(expected, end) -%}
    case
        when {{ expected }} < middling_from_quote then small_{{ end }}
        when {{ expected }} < large_from_quote then middling_{{ end }}
        else large_{{ end }}
    end
{%- endmacro -%}
