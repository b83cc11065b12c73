{#- The functions of bins are a CASE over the widths a bin can have, found by halving their list: six comparisons for a price. A
    logarithm per trade would cost more than reading the trade. -#}

{%- macro bin_search(price, part, widths=none) -%}
    {%- set widths = widths or bin_widths() -%}
    {%- if widths | length == 1 -%}
        {{ bin_expression(price, part, widths[0]) }}
    {%- else -%}
        {%- set middle = widths | length // 2 -%}
        case when {{ price }} < cast({{ widths[middle].from_price }} as double) then {{ bin_search(price, part, widths[:middle]) -}}
        {{ ' ' }}else {{ bin_search(price, part, widths[middle:]) }} end
    {%- endif -%}
{%- endmacro -%}

{#- The widths, each a whole number over a power of ten or the reverse, for prices from 1e-9 to 1e9. -#}

{%- macro bin_widths() -%}
    {%- set widths = [] -%}
    {%- for exponent in range(-13, 8) -%}
        {%- for step in (1, 2, 5) -%}
            {%- set numerator = step * 10 ** [exponent, 0] | max -%}
            {%- set denominator = 10 ** [-exponent, 0] | max -%}
            {%- do widths.append({
                'number_from': (widths | length // 3 * 3.5 + {1: 0, 2: 1, 5: 2.5}[step] - 1) * 10000 / var('bin_bps'),
                'numerator': numerator, 'denominator': denominator,
                'from_price': numerator * 10000 / (denominator * var('bin_bps'))
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(widths) -%}
{%- endmacro -%}

{#- Whole numbers multiplied, then divided by an exact power of ten, give the double nearest to the decimal, so the same bin has the
    same bounds however it was reached. The small constant puts a price on an edge (0.7095, width 0.0005) into the bin above it. -#}

{%- macro bin_expression(price, part, width) -%}
    {%- set times = ' * ' ~ width.denominator if width.denominator > 1 -%}
    {%- set over = ' / ' ~ width.numerator if width.numerator > 1 -%}
    {%- if part == 'width' -%}
        {{ width.numerator }}.0 / {{ width.denominator }}
    {%- elif part == 'number' -%}
        {{ width.number_from }} + floor({{ price }}{{ times }}{{ over }} + 1e-9)
    {%- else -%}
        (floor({{ price }}{{ times }}{{ over }} + 1e-9){{ ' + 1' if part == 'ceiling' }})
        {{- ' * ' ~ width.numerator if width.numerator > 1 }}{{ ' / ' ~ width.denominator if width.denominator > 1 }}
    {%- endif -%}
{%- endmacro -%}
