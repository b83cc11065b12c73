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
        -- The label was the end of its five minutes and became the start: a value counts from when it was known. The
        -- day of the file tells which: the last file of the old kind ends with the label the first new one begins with.
        case
            when "date" >= timestamp '{{ var("open_interest_label_switch_at") }}'
                then create_time + interval '5 minutes'
            else create_time
        end as observed_at,
        "date" as trade_date

    from labelled_metrics

    union all

    -- asked for at some moment, and known at that moment
    select
        symbol,
        open_interest as open_interest_coins,
        cast(null as double) as open_interest_quote,
        true as is_live,
        time as observed_at,
        "date" as trade_date

    from live_open_interest

),

-- the archive's row counts where it has one; neighbouring files of it both carry the label of midnight: the file of the
-- day that ends there comes first
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
