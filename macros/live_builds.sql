{#- A build with `--selector live` leaves out what a new bar does not change, and relies for it on the last build of the whole project
    that was published: last_whole_build says what that was, tested_days which days of the book it has tested. -#}

{%- macro is_live_build() -%}
    {{- return(flags.WHICH == 'build' and invocation_args_dict.selector == 'live') -}}
{%- endmacro -%}

{#- Whether a live build may leave out a node: a seed, a function, what is learned once a day, what has the tag only_whole_builds, or a
    test of a model that has it. -#}

{%- macro is_left_out_of_live(node) -%}
    {%- set tested = node.depends_on.nodes if node.resource_type == 'test' else [] -%}
    {{- return(
        node.resource_type in ['seed', 'function']
        or 'of_the_day' in node.tags
        or 'only_whole_builds' in node.tags
        or graph.nodes.values() | selectattr('unique_id', 'in', tested) | map(attribute='tags') | sum(start=[])
        | select('equalto', 'only_whole_builds') | list | length > 0
    ) -}}
{%- endmacro -%}

{#- What a live build relies on, one row: files of the project, and hashes of the tables that tell whether what it leaves out is
    still right. -#}

{%- macro basis_of_live_builds() -%}
    select
        project_hash() as project_hash,
        {{ hash_of_rows('int_weight_versions') }} as weights_hash,
        {{ hash_of_rows('int_forecast_fits') }} as forecasts_hash,
        {{ hash_of_rows('int_margin_brackets') }} as brackets_hash,
        {{ hash_of_rows('model_scores') }} as scores_hash,
        list(symbol order by symbol) as symbols,
        cast(max(as_of) as date) as last_day
    from {{ relation_of('int_market_window') }}
{%- endmacro -%}

{%- macro hash_of_rows(model_name) -%}
    (select coalesce(cast(sum(hash(rows_hashed)) as varchar), '') from {{ relation_of(model_name) }} as rows_hashed)
{%- endmacro -%}

{#- Stops a live build on a working file that lacks the tables it leaves out. -#}

{%- macro require_whole_build() -%}
    {%- if execute and is_live_build() and not existing_relation_of('last_whole_build') -%}
        {{ exceptions.raise_compiler_error(
            "A live build leaves out what a build of the whole project has made, and this working file has had none: "
            ~ target.path ~ "\n  What to do: build the whole project first, '.venv/bin/dbt build'."
        ) }}
    {%- endif -%}
{%- endmacro -%}

{#- The table of a model, none if it was never built. -#}

{%- macro existing_relation_of(model_name) -%}
    {%- set made = relation_of(model_name) -%}
    {{- return(adapter.get_relation(made.database, made.schema, made.identifier)) -}}
{%- endmacro -%}

{#- The reasons why readers must not see the tables of a live build; empty where it may be published. -#}

{%- macro live_shortfalls() -%}
    {%- set basis -%}
        select
            whole.not_for_readers_because is not null,
            coalesce(whole.project_hash <> basis.project_hash, true),
            whole.last_day is distinct from basis.last_day,
            whole.symbols is distinct from basis.symbols,
            whole.brackets_hash is distinct from basis.brackets_hash,
            whole.weights_hash is distinct from basis.weights_hash,
            whole.forecasts_hash is distinct from basis.forecasts_hash,
            whole.scores_hash is distinct from basis.scores_hash
        from {{ relation_of('last_whole_build') }} as whole
        cross join ({{ basis_of_live_builds() }}) as basis
    {%- endset -%}
    {%- set reasons = [
        'a live build needs a published build of the whole project before it, and the last one of this working file was a draft',
        'the project has changed since it was built as a whole',
        'another day (UTC) has begun since the whole project was built',
        'symbols have come or gone since the whole project was built',
        'margin brackets have changed since the whole project was built',
        'weights have been learned anew since the whole project was built',
        'forecasts have been fitted anew since the whole project was built',
        'model_scores has changed since the whole project was built',
    ] -%}
    {%- set found = [] -%}
    {%- for is_found, reason in zip(run_query(basis).rows[0], reasons) if is_found -%}
        {%- do found.append(reason) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}

{#- When the build of the whole project was started that this one is, or relies on: SQL of a UTC timestamp. -#}

{%- macro whole_built_at() -%}
    {%- if not is_live_build() -%}
        {{- return("timestamp '" ~ run_started_at.strftime("%Y-%m-%d %H:%M:%S") ~ "'") -}}
    {%- endif -%}
    {{- return('(select built_at from ' ~ relation_of('last_whole_build') ~ ')' if execute) -}}
{%- endmacro -%}

{#- A condition that is true of the days of the book that a build has to test. A live build leaves out those that are still as the
    last build of the whole project tested them: same inputs, same code, and (int_days) the rows that were made then. -#}

{%- macro is_day_to_test(symbol, trade_date) -%}
    {%- if execute and is_live_build() -%}
        ({{ symbol }}, {{ trade_date }}) not in (
            select (days.symbol, days.trade_date)
            from {{ relation_of('int_days') }} as days
            inner join {{ relation_of('tested_days') }} as tested
                on days.symbol = tested.symbol
                and days.trade_date = tested.trade_date
                and days.book_version = tested.book_version
                and days.states_version = tested.states_version
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}
