{#- A condition that leaves out what became known after the var as_of; without as_of, all is read. -#}

{%- macro known_by_as_of(column) -%}
    {%- if var('as_of') -%}
        {{ column }} <= timestamp '{{ var("as_of") }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}
