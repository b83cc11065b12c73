"""Building, the daily refresh, and the doctor, which says what is wrong with an installation and repairs the lake."""
