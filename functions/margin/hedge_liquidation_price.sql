case
    when long_quantity > short_quantity
        then list_max(list_transform(
            list_filter(
                {{ function('hedge_equity_lines') }}(
                    long_entry_price, long_quantity, short_entry_price, short_quantity,
                    wallet_balance - other_maintenance_margin + other_unrealised_profit, brackets
                ),
                lambda line: line.slope > 0
            ),
            lambda line: -line.equity_at_zero / line.slope
        ))
    else list_min(list_transform(
        list_filter(
            {{ function('hedge_equity_lines') }}(
                long_entry_price, long_quantity, short_entry_price, short_quantity,
                wallet_balance - other_maintenance_margin + other_unrealised_profit, brackets
            ),
            lambda line: line.slope < 0
        ),
        lambda line: -line.equity_at_zero / line.slope
    ))
end
