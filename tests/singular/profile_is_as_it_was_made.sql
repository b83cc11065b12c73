-- The profile is the only table that a build keeps: whoever changes it in the working file would change every build to
-- come. What to do: dbt build --full-refresh, which makes it anew from the trades.
with

profile as (

    select * from {{ ref('int_trade_profile_5m') }}

),

day_hashes as (

    {{ profile_hashes('profile') }}
    group by profile.symbol, profile.profile_version, profile.trade_date

)

select
    coalesce(made.symbol, day_hashes.symbol) as symbol,
    coalesce(made.trade_date, day_hashes.trade_date) as trade_date

from {{ ref('int_trade_profile_hashes') }} as made
full join day_hashes
    on made.symbol = day_hashes.symbol
    and made.trade_date = day_hashes.trade_date
    and made.profile_version = day_hashes.profile_version
where made.row_hash is distinct from day_hashes.row_hash
