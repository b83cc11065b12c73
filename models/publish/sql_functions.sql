-- Built after all functions, because it reads their definitions from the working file:
-- {{ function('account_bankruptcy_price') }} {{ function('account_equity') }} {{ function('at_risk') }}
-- {{ function('at_risk_curve') }} {{ function('bankruptcy_price') }} {{ function('bar_start') }}
-- {{ function('bin_ceiling') }} {{ function('bin_floor') }} {{ function('bin_low') }}
-- {{ function('bin_middle') }} {{ function('bin_number') }} {{ function('bin_width') }}
-- {{ function('bracket_number') }} {{ function('bracketed_symbol') }} {{ function('brackets_of') }}
-- {{ function('closing_sensitivity') }} {{ function('coins_left') }} {{ function('cross_liquidation_price') }}
-- {{ function('display_time') }} {{ function('distance_pct') }} {{ function('expected_factor') }}
-- {{ function('expected_liquidations') }}
-- {{ function('health') }} {{ function('heatmap') }} {{ function('hedge_equity_lines') }}
-- {{ function('hedge_liquidation_price') }} {{ function('hedge_liquidation_range') }} {{ function('history') }}
-- {{ function('is_in_force') }} {{ function('is_reached') }} {{ function('isolated_liquidation_price') }}
-- {{ function('known_model') }} {{ function('known_symbol') }} {{ function('known_venue') }}
-- {{ function('level_bins') }} {{ function('levels') }} {{ function('leverage_group') }}
-- {{ function('liquidation_price') }} {{ function('maintenance_margin') }}
-- {{ function('maintenance_margin_of') }} {{ function('margin') }} {{ function('margin_ratio') }}
-- {{ function('max_leverage') }} {{ function('naive_liquidation_price') }} {{ function('near_edge') }}
-- {{ function('number_from') }} {{ function('per_pct') }} {{ function('position_liquidation_price') }}
-- {{ function('position_side') }} {{ function('size_class') }} {{ function('tiers') }}
-- {{ function('to_book_precision') }} {{ function('traded_symbol') }} {{ function('turnover_coins') }}
-- {{ function('utc_time') }} {{ function('utc_time_after') }} {{ function('walls') }} {{ function('zones') }}
{%- set functions = graph.functions.values() | sort(attribute='name') | list if execute else [] %}
{#- A function is created after those that it calls. -#}
{%- set created = [] %}
{%- for _ in functions %}
    {%- for function in functions if function.unique_id not in created %}
        {%- set missing = [] %}
        {%- for node in function.depends_on.nodes if node.startswith('function.') and node not in created %}
            {%- do missing.append(node) %}
        {%- endfor %}
        {%- do created.append(function.unique_id) if not missing %}
    {%- endfor %}
{%- endfor %}
with

described_functions as (

    select *
    from (
        values
        {%- for function in functions %}
        (
            '{{ function.name }}', '{{ function_arguments(function) | replace("'", "''") }}', '{{ function.returns.data_type }}',
            '{{ function.description | trim | replace("'", "''") }}', '{{ function.meta.example | replace("'", "''") }}',
            '{{ ([function.meta.columns_of] | select | list + function.refs | map(attribute='name') | list) | unique | join(',') }}',
            cast({{ created.index(function.unique_id) + 1 }} as bigint)
        ){{ ',' if not loop.last }}
        {%- else %}
        (null, null, null, null, null, null, null)
        {%- endfor %}
    ) as functions (name, arguments, returns, description, example, reads, creation_order)

),

created_functions as (

    select
        function_name as name,
        -- The published file has one schema, so the names of schemas are taken out.
        regexp_replace(macro_definition, '"?\b(marts|functions)\b"?\.', '', 'g') as body

    from duckdb_functions()
    where
        database_name = '{{ target.database }}'
        and schema_name = 'functions'

),

sql_functions as (

    select
        described_functions.name,
        described_functions.arguments,
        described_functions.returns,
        described_functions.description,
        described_functions.example,
        described_functions.reads,
        described_functions.creation_order,
        'create macro ' || described_functions.name || '(' || described_functions.arguments || ') as '
        || if(described_functions.returns = 'table', 'table ', '') || created_functions.body as definition

    from described_functions
    inner join created_functions
        on described_functions.name = created_functions.name

)

select * from sql_functions
