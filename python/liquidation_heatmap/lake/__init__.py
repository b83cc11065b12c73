"""The lake: raw exchange archive files become sorted, checked Parquet, one file per symbol and day."""
