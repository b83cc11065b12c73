{#- What a function of bins computes: nested CASEs that find the width of a price's bin by halving the list of widths, in six
    comparisons. A logarithm for every trade would take longer than reading the trade. -#}

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

{#- Every width a bin can have, for prices from 1e-9 to 1e9, as a numerator and a denominator that are exact. -#}

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

{#- Bounds are computed from whole numbers, divided by an exact power of ten: that gives the double nearest to the decimal, so a bin
    has the same bounds however it was reached. The 1e-9 puts a price on an edge (0.7095, width 0.0005) into the bin above. -#}

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
