with

source as (

    select * from {{ read_lake('metrics') }}

),

renamed as (

    select
        symbol,
        sum_open_interest as open_interest_coins,
        sum_open_interest_value as open_interest_quote,
        -- the label was the end of its five minutes and became the start: a value counts from when it was known
        case
            when create_time >= timestamp '{{ var("open_interest_label_switch_at") }}'
                then create_time + interval '5 minutes'
            else create_time
        end as observed_at,
        "date" as trade_date

    from source

),

-- neighbouring files both carry the label of midnight: the file of the day that ends there comes first
deduplicated as (

    select
        symbol,
        open_interest_coins,
        open_interest_quote,
        observed_at,
        trade_date

    from renamed
    where {{ known_by_as_of('observed_at') }}
    qualify row_number() over (partition by symbol, observed_at order by trade_date, open_interest_coins) = 1

)

select * from deduplicated
