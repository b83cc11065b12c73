"""What keeps a lake in order: the daily refresh, and the doctor who says what is wrong and repairs it."""
