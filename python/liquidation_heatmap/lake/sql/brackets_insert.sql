insert into incoming
select
    unnest($as_of::date[]) as as_of,
    unnest($symbol::varchar[]) as symbol,
    unnest($bracket::double[]) as bracket,
    unnest($notional_floor::double[]) as notional_floor,
    unnest($notional_cap::double[]) as notional_cap,
    unnest($maintenance_margin_rate::double[]) as maintenance_margin_rate,
    unnest($max_leverage::double[]) as max_leverage,
    unnest($maintenance_amount::double[]) as maintenance_amount
