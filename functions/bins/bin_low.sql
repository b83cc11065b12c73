{%- set bins_per_decade = 35000 // var('bin_bps') -%}
{%- set from_1_to_2 = 10000 // var('bin_bps') -%}
{#- A decade has bins of three widths: 1 from 1 to 2, 2 from 2 to 5, 5 from 5 to 10, each times a power of ten. -#}
case
    when bin_number % {{ bins_per_decade }} < {{ from_1_to_2 }}
        then bin_number % {{ bins_per_decade }} + {{ from_1_to_2 }}
    when bin_number % {{ bins_per_decade }} < {{ from_1_to_2 * 5 // 2 }}
        then bin_number % {{ bins_per_decade }} * 2
    else (bin_number % {{ bins_per_decade }} - {{ from_1_to_2 * 3 // 2 }}) * 5
end
* power(10, greatest(bin_number // {{ bins_per_decade }} - 13, 0))
/ power(10, greatest(13 - bin_number // {{ bins_per_decade }}, 0))
