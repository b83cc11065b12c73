{#- Prints at the end of a run where its draft is, and why readers do not see it. -#}

{%- macro report_draft() -%}
    {%- if execute and results | selectattr('node.name', 'equalto', 'published_file')
        | selectattr('status', 'equalto', 'success') | list -%}
        {%- set file = run_query("select path, not_for_readers_because from publish.published_file").rows[0] -%}
        {%- if file[1] -%}
            {%- do print("Not published: " ~ file[1] ~ ".\n  The draft is " ~ file[0] ~ "; the published file is as it was.") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
