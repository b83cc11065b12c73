"""Questions to the published file, answered as a table, JSON, CSV, Parquet or Markdown."""
