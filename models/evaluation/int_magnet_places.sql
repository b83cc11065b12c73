{#- Places from half a percent to five percent from the mark price, in steps of a tenth. -#}
{%- set first_step, end_step = 5, 50 %}

with

maps as (

    select * from {{ ref('int_displayed_maps') }}

),

hours as (

    select * from {{ ref('int_hourly_paths') }}

),

-- What the price did from the start of an hour on, null where the hours are not all known, and its usual hourly range.
hours_with_neighbours as (

    select
        symbol,
        case when count(*) over next_4 = 4 then min(path_low) over next_4 end as next_4h_low,
        case when count(*) over next_4 = 4 then max(path_high) over next_4 end as next_4h_high,
        case when count(*) over next_24 = 24 then min(path_low) over next_24 end as next_24h_low,
        case when count(*) over next_24 = 24 then max(path_high) over next_24 end as next_24h_high,
        avg(path_high / path_low - 1) over last_24 as usual_range,
        low_24h as day_low,
        high_24h as day_high,
        low_168h as week_low,
        high_168h as week_high,
        hour_at

    from hours
    window
        next_4 as (
            partition by symbol order by hour_at
            range between current row and interval 3 hours following
        ),
        next_24 as (
            partition by symbol order by hour_at
            range between current row and interval 23 hours following
        ),
        last_24 as (
            partition by symbol order by hour_at
            range between interval 24 hours preceding and interval 1 hour preceding
        )

),

-- Places of each whole hour's map: whether the price came there, and which places they are like. Alike are places of a
-- side that are as far away in hourly ranges, to a fifth, and as far beyond the lows or highs of a day and a week.
places as (

    select
        maps.symbol,
        maps.side,
        maps.column_number,
        maps.distance_step,
        maps.step_quote,
        (maps.distance_step + 0.5) / 1000 as distance,
        case maps.side
            when 'long' then 1 - hours.next_4h_low / maps.mark_price else hours.next_4h_high / maps.mark_price - 1
        end >= distance as is_reached_4h,
        case maps.side
            when 'long' then 1 - hours.next_24h_low / maps.mark_price else hours.next_24h_high / maps.mark_price - 1
        end >= distance as is_reached_24h,
        cast(floor(4 * log2(distance / hours.usual_range)) as integer) as ranges_away,
        case maps.side
            when 'long' then maps.mark_price * (1 - distance) < hours.day_low
            else maps.mark_price * (1 + distance) > hours.day_high
        end as is_beyond_day,
        case maps.side
            when 'long' then maps.mark_price * (1 - distance) < hours.week_low
            else maps.mark_price * (1 + distance) > hours.week_high
        end as is_beyond_week,
        maps.display_at

    from maps
    inner join hours_with_neighbours as hours
        on maps.symbol = hours.symbol
        and maps.display_at = hours.hour_at
    where
        maps.distance_step >= {{ first_step }}
        and maps.distance_step < {{ end_step }}
        and hours.usual_range > 0

),

places_with_match as (

    select
        *,
        avg(cast(is_reached_4h as integer)) over alike as matched_4h,
        avg(cast(is_reached_24h as integer)) over alike as matched_24h

    from places
    window alike as (partition by symbol, side, ranges_away, is_beyond_day, is_beyond_week)

),

magnet_places as (

    select
        symbol,
        side,
        distance_step,
        step_quote,
        is_reached_4h,
        is_reached_24h,
        matched_4h,
        matched_24h,
        display_at

    from places_with_match
    where step_quote > 0
    qualify row_number() over (
        partition by symbol, side, column_number order by step_quote desc, distance_step
    ) = 1

)

select * from magnet_places
