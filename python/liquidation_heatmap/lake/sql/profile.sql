-- One row per trade date: what the manifest records, and how many rows break a rule or the order.
-- The lags run over the file in its stored order, so nothing is sorted and memory stays small.
with

rows_in_file_order as (

    select
        *,
        -- A label of the midnight that ends the file belongs to the file's last day.
        least(cast({time} as date), {last_date}) as trade_date,
        lag({key}) over () as previous_key,
        lag({time}) over () as previous_time

    from read_parquet($parquet, hive_partitioning = false)

)

select
    trade_date,
    count(*) as row_count,
    min({id}) as first_id,
    max({id}) as last_id,
    min({time}) as first_at,
    max({time}) as last_at,
    min({low}) as low_price,
    max({high}) as high_price,
    -- An exact sum, so that the order of adding does not matter. Rows that cannot be cast are bad rows.
    cast(sum(try_cast({volume} as decimal(38, 8))) as double) as volume_coins,
    max({volume}) as largest_coins,
    max({notional}) as largest_quote,
    count_if(({rules}) is not true) as bad_rows,
    count_if(previous_key >= {key}) as rows_out_of_sequence,
    count_if({displaced}) as rows_displaced

from rows_in_file_order
group by trade_date
order by trade_date
