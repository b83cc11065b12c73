amount * ({{ function('bin_middle') }}(price_low)) / (100 * ({{ function('bin_width') }}(price_low)))
