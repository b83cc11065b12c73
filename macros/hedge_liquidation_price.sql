{#- Equity less maintenance margin is a minimum over pairs of brackets (one per leg) of straight lines in price. With
    more long than short it is crossed on the way down, on the line with the highest root among those that rise with
    price; otherwise on the way up, on the lowest root among those that fall. -#}

{%- macro hedge_liquidation_price(
    long_entry_price, long_quantity, short_entry_price, short_quantity,
    wallet_balance, other_maintenance_margin, other_unrealised_profit, brackets
) -%}
    {%- set lines -%}
        flatten(list_transform({{ brackets }}, lambda l: list_transform({{ brackets }}, lambda s: {
            'slope': {{ long_quantity }} * (1 - l.margin_rate) - {{ short_quantity }} * (1 + s.margin_rate),
            'equity_at_zero': {{ wallet_balance }} - {{ other_maintenance_margin }} + {{ other_unrealised_profit }}
                + l.maintenance_amount + s.maintenance_amount
                - {{ long_quantity }} * {{ long_entry_price }} + {{ short_quantity }} * {{ short_entry_price }}
        })))
    {%- endset -%}
    case
        when {{ long_quantity }} > {{ short_quantity }}
            then list_max(list_transform(
                list_filter({{ lines }}, lambda line: line.slope > 0), lambda line: -line.equity_at_zero / line.slope
            ))
        else list_min(list_transform(
            list_filter({{ lines }}, lambda line: line.slope < 0), lambda line: -line.equity_at_zero / line.slope
        ))
    end
{%- endmacro -%}
