"""What the checks of data found, for people and for scripts."""
