"""The checks of the data and the alerts that follow from them, for users and for scripts."""
