exp(
    level + long_slope * cast(is_long as integer) + path_slope * ln(path_quote + least_path_quote)
    + range_slope * ln(range_pct + least_range_pct)
    + swept_slope * ln(swept_quote / (path_quote + least_path_quote) + least_swept_ratio)
)
