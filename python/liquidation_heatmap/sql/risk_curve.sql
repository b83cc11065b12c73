-- What a move of the mark price reaches, at the near edge of every bin, from low prices to high: all from the mark price
-- to there, and how much of it is expected to be really liquidated. Without open interest, amounts are percent of the side.
select
    side,
    price,
    coalesce(notional_quote, 100 * side_share) as amount,
    expected_quote,
    expected_low_quote,
    expected_high_quote,
    chance

from at_risk_curve($symbol, model := $model, venue := $venue, more_than := $more_than)
order by price
