{#- Kept equal to pyproject.toml by a test. -#}

{%- macro project_version() -%}
    {{- '0.1.0' -}}
{%- endmacro -%}
