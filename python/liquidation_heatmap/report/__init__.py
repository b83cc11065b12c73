"""The summary on the terminal, and reports and the lineage site, each a page of one file."""
