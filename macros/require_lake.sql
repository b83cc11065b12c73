{#- Stops a build on an empty lake: every table would be empty, and look as if there were no liquidations. -#}

{%- macro require_lake() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set loaded = run_query("select 1 from " ~ read_lake('lake_partitions') ~ " where market = 'um' limit 1") -%}
        {%- if loaded | length == 0 -%}
            {{ exceptions.raise_compiler_error(
                "The lake has no perpetual futures data, so there is nothing to build levels from.\n"
                ~ "  What to do: run '.venv/bin/liqheat sample' for a simulated market, or '.venv/bin/liqheat ingest PATH' with a "
                ~ "folder of exchange archive files; or 'make build', which does either. LIQHEAT_LAKE says where the lake is "
                ~ "(default data/lake)."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
