{#- SQL of what a fit of int_forecast_fits expects of a path. -#}

{%- macro expected_by_fit(fit, path) -%}
    {{ function('expected_liquidations') }}(
        {{ fit }}.level, {{ fit }}.long_slope, {{ fit }}.path_slope, {{ fit }}.range_slope, {{ fit }}.swept_slope,
        {{ fit }}.least_path_quote, {{ fit }}.least_range_pct, {{ fit }}.least_swept_ratio,
        {{ path }}.side = 'long', {{ path }}.path_quote, {{ path }}.range_pct, {{ path }}.swept_quote
    )
{%- endmacro -%}

{#- SQL of the past ratios of realised to expected of forecasts of a size. -#}

{%- macro ratios_of_size(expected) -%}
    case
        when {{ expected }} < middling_from_quote then small_ratios
        when {{ expected }} < large_from_quote then middling_ratios
        else large_ratios
    end
{%- endmacro -%}

{#- SQL of the factors from what is expected to the ends of its 90 % interval: the 5 % and 95 % quantiles of past ratios, which are
    half a percent apart. What is expected is a mean, and lies in its interval by definition. -#}

{%- macro interval_low(ratios) -%}
    least({{ ratios }}[10], 1)
{%- endmacro -%}

{%- macro interval_high(ratios) -%}
    greatest({{ ratios }}[190], 1)
{%- endmacro -%}
