with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        cast(from_at as varchar) as asked_from,
        cast(to_at as varchar) as asked_to,
        try_cast(step_minutes as bigint) as asked_step

),

arguments_with_symbol as (

    select
        *,
        {{ function('known_venue') }}(asked_venue) as venue_of_file,
        {{ function('known_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol_of_file

    from asked_arguments

),

arguments as (

    select
        venue_of_file as venue,
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model, of_venue := venue_of_file) as model,
        coalesce({{ function('utc_time') }}(asked_from), timestamp '-infinity') as from_at,
        {{ function('utc_time_after') }}(asked_from, asked_to) as to_at,
        case
            when step_minutes is null or asked_step > 0 then asked_step
            else error(concat(
                'step_minutes is ', cast(step_minutes as varchar), ', which is no number of minutes.', chr(10),
                '  What to do: pass a whole number above 0, e.g. step_minutes := 60.'
            ))
        end as step_minutes

    from arguments_with_symbol

),

columns_in_range as (

    select
        -- Of what was not asked for, no cells are made.
        book_scales.* replace (
            case when arguments.model <> 'ensemble' then book_scales.quantity_per_coin end as quantity_per_coin,
            case when arguments.model <> 'ensemble' then book_scales.share_per_coin end as share_per_coin,
            case when arguments.model = 'ensemble' then book_scales.ensemble_per_coin end as ensemble_per_coin
        ),
        case
            when arguments.step_minutes is null then book_scales.is_display_time
            else book_scales.book_at = max(book_scales.book_at) over (
                partition by time_bucket(
                    to_minutes(arguments.step_minutes), book_scales.book_at - interval '1 microsecond'
                )
            )
        end as is_asked

    from {{ ref('book_scales') }} as book_scales
    inner join arguments
        on book_scales.venue = arguments.venue
        and book_scales.symbol = arguments.symbol
        and (book_scales.model = arguments.model or arguments.model = 'ensemble')
        and book_scales.book_at >= arguments.from_at
        and book_scales.book_at < arguments.to_at

),

scales as (

    select *

    from columns_in_range
    where is_asked

),

states as (

    select * from {{ ref('book_states') }}

),

{{ heatmap_cells() }}

select cells.*

from cells
order by cells.book_at, cells.price_low, cells.leverage_group
