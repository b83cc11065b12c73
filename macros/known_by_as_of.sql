{#- Point in time: with the var as_of, nothing that became known later is read. -#}

{%- macro known_by_as_of(column) -%}
    {%- if var('as_of') -%}
        {{ column }} <= timestamp '{{ var("as_of") }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}
