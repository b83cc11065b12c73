{#- The widths a bin can have, each a whole number over a power of ten or the reverse, from prices of 1e-9 to 1e9. A logarithm
    per trade would cost more than reading it, so the width is found by halving the list: six comparisons. -#}

{%- macro bin_widths() -%}
    {%- set widths = [] -%}
    {%- for exponent in range(-13, 8) -%}
        {%- for step in (1, 2, 5) -%}
            {%- set numerator = step * 10 ** [exponent, 0] | max -%}
            {%- set denominator = 10 ** [-exponent, 0] | max -%}
            {%- do widths.append({
                'numerator': numerator, 'denominator': denominator,
                'from_price': numerator * 10000 / (denominator * var('bin_bps'))
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(widths) -%}
{%- endmacro -%}

{#- Multiplying whole numbers and dividing by an exact power of ten gives the double nearest to the decimal, so the same bin
    has the same bounds however it was reached; the small constant puts a price on an edge (0.7095, width 0.0005) on it. -#}

{%- macro bin_expression(price, part, width) -%}
    {%- set times = ' * ' ~ width.denominator if width.denominator > 1 -%}
    {%- set over = ' / ' ~ width.numerator if width.numerator > 1 -%}
    {%- if part == 'width' -%}
        {{ width.numerator }}.0 / {{ width.denominator }}
    {%- else -%}
        (floor(({{ price }}){{ times }}{{ over }} + 1e-9){{ ' + 1' if part == 'ceiling' }})
        {{- ' * ' ~ width.numerator if width.numerator > 1 }}{{ ' / ' ~ width.denominator if width.denominator > 1 }}
    {%- endif -%}
{%- endmacro -%}

{%- macro bin_search(price, part, widths) -%}
    {%- if widths | length == 1 -%}
        {{ bin_expression(price, part, widths[0]) }}
    {%- else -%}
        {%- set middle = widths | length // 2 -%}
        case when {{ price }} < cast({{ widths[middle].from_price }} as double) then {{ bin_search(price, part, widths[:middle]) -}}
        {{ ' ' }}else {{ bin_search(price, part, widths[middle:]) }} end
    {%- endif -%}
{%- endmacro -%}

{%- macro bin_floor(price) -%}
    {{ bin_search(price, 'floor', bin_widths()) }}
{%- endmacro -%}

{%- macro bin_ceiling(price) -%}
    {{ bin_search(price, 'ceiling', bin_widths()) }}
{%- endmacro -%}

{%- macro bin_width(price) -%}
    {{ bin_search(price, 'width', bin_widths()) }}
{%- endmacro -%}
