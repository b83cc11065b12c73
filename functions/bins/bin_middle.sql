price_low + {{ function('bin_width') }}(price_low) / 2
