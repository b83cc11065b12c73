{#- The widths a bin can have, each a whole number over a power of ten or the reverse, from prices of 1e-9 to 1e9. A logarithm
    per trade would cost more than reading it, so the width is found by halving the list: six comparisons. -#}

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

{#- Multiplying whole numbers and dividing by an exact power of ten gives the double nearest to the decimal, so the same bin
    has the same bounds however it was reached; the small constant puts a price on an edge (0.7095, width 0.0005) on it. -#}

{%- macro bin_expression(price, part, width) -%}
    {%- set times = ' * ' ~ width.denominator if width.denominator > 1 -%}
    {%- set over = ' / ' ~ width.numerator if width.numerator > 1 -%}
    {%- if part == 'width' -%}
        {{ width.numerator }}.0 / {{ width.denominator }}
    {%- elif part == 'number' -%}
        {{ width.number_from }} + floor(({{ price }}){{ times }}{{ over }} + 1e-9)
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

{#- Bins are numbered from the lowest price up, so all bins between two prices are a series of numbers: 35000 / bin_bps of them
    in every decade of prices, 10000 / bin_bps from 1 to 2, 1.5 times as many from 2 to 5, as many as the first from 5 to 10. -#}

{%- macro bin_number(price) -%}
    cast({{ bin_search(price, 'number', bin_widths()) }} as bigint)
{%- endmacro -%}

{%- macro bin_low(number) -%}
    {%- set from_1_to_2 = 10000 // var('bin_bps') -%}
    {%- set in_decade = '(' ~ number ~ ') % ' ~ 35000 // var('bin_bps') -%}
    {%- set decade = '(' ~ number ~ ') // ' ~ 35000 // var('bin_bps') ~ ' - 13' -%}
    case
        when {{ in_decade }} < {{ from_1_to_2 }} then {{ in_decade }} + {{ from_1_to_2 }}
        when {{ in_decade }} < {{ from_1_to_2 * 5 // 2 }} then ({{ in_decade }}) * 2
        else ({{ in_decade }} - {{ from_1_to_2 * 3 // 2 }}) * 5
    end * power(10, greatest({{ decade }}, 0)) / power(10, greatest(-({{ decade }}), 0))
{%- endmacro -%}
