"""What people read: the summary, reports and the lineage, each a page of one file."""
