{#- Quantities in a bin are priced at its middle: the bin is as fine as the entry prices are known. -#}

{%- macro bin_middle(price_low) -%}
    ({{ price_low }} + {{ bin_width(price_low) }} / 2)
{%- endmacro -%}
