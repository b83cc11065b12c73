with

archived_metrics as (

    select * from {{ read_lake('metrics') }}

),

live_metrics as (

    select * from {{ read_lake('liveMetrics') }}

),

live_open_interest as (

    select * from {{ read_lake('liveOpenInterest') }}

),

labelled_metrics as (

    select
        symbol,
        sum_open_interest,
        sum_open_interest_value,
        false as is_live,
        create_time,
        "date"

    from archived_metrics

    union all

    select
        symbol,
        sum_open_interest,
        sum_open_interest_value,
        true as is_live,
        create_time,
        "date"

    from live_metrics

),

renamed as (

    select
        symbol,
        sum_open_interest as open_interest_coins,
        sum_open_interest_value as open_interest_quote,
        is_live,
        -- A value counts from the time at which it was known, the end of its five minutes. The label was that end and
        -- became their start (var open_interest_label_switch_at). The day of the file tells which, not the label: the
        -- last old file ends with the label that the first new one begins with.
        case
            when "date" >= timestamp '{{ var("open_interest_label_switch_at") }}'
                then create_time + interval '5 minutes'
            else create_time
        end as observed_at,
        "date" as trade_date

    from labelled_metrics

    union all

    -- The present open interest is known at the time it was asked for.
    select
        symbol,
        open_interest as open_interest_coins,
        cast(null as double) as open_interest_quote,
        true as is_live,
        time as observed_at,
        "date" as trade_date

    from live_open_interest

),

-- One row per time: the archive's before the exchange's own. Two neighbouring files of the archive have a row for
-- midnight; that of the day that ends there counts.
open_interest as (

    select
        symbol,
        open_interest_coins,
        open_interest_quote,
        is_live,
        observed_at,
        trade_date

    from renamed
    where {{ known_by_as_of('observed_at') }}
    qualify row_number() over (
        partition by symbol, observed_at order by is_live, trade_date, open_interest_coins
    ) = 1

)

select * from open_interest
