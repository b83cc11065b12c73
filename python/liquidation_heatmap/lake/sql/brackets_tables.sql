-- Margin brackets as read, and as the lake keeps them; notionals and amounts in the quote currency.
create table incoming (
    as_of date,
    symbol varchar,
    bracket double,
    notional_floor double,
    notional_cap double,
    maintenance_margin_rate double,
    max_leverage double,
    maintenance_amount double
);

create table kept as from incoming;
