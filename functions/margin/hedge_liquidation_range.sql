list_transform(
    [{
        'below': list_max(list_transform(
            {{ function('hedge_equity_lines') }}(
                long_entry_price, long_quantity, short_entry_price, short_quantity,
                wallet_balance - other_maintenance_margin + other_unrealised_profit, brackets
            ),
            lambda line: case
                when line.slope > 0 then -line.equity_at_zero / line.slope
                -- equity is short at every price
                when line.slope = 0 and line.equity_at_zero < 0 then 'infinity'::double
            end
        )),
        'above': list_min(list_transform(
            {{ function('hedge_equity_lines') }}(
                long_entry_price, long_quantity, short_entry_price, short_quantity,
                wallet_balance - other_maintenance_margin + other_unrealised_profit, brackets
            ),
            lambda line: case when line.slope < 0 then -line.equity_at_zero / line.slope end
        ))
    }],
    lambda prices: case
        when coalesce(prices.below, '-infinity'::double) < coalesce(prices.above, 'infinity'::double) then prices
    end
)[1]
