-- The profile is the only table that a build keeps: whoever changes it in the working file would change every build to
-- come. What to do: dbt build --full-refresh, which makes it anew from the trades.
with

profile as (

    select * from {{ ref('int_trade_profile_5m') }}

),

hashes as (

    {{ profile_hashes('profile') }}
    group by profile.symbol, profile.profile_version, profile.trade_date

)

select
    coalesce(made.symbol, hashes.symbol) as symbol,
    coalesce(made.trade_date, hashes.trade_date) as trade_date

from {{ ref('int_trade_profile_hashes') }} as made
full join hashes
    on made.symbol = hashes.symbol
    and made.trade_date = hashes.trade_date
    and made.profile_version = hashes.profile_version
where made.row_hash is distinct from hashes.row_hash
