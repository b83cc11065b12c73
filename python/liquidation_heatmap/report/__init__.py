"""What the scores say, in words, and the report of them as one file."""
