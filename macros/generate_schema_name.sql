{#- Schemas are named as configured (marts, staging), without the target's name in front: there is one target. -#}

{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro -%}
