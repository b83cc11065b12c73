update incoming
set symbol = in_capitals(symbol)
