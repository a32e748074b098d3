"""The scenarios of the reports, through the real path: what each feeds, and the figures that must come out of it."""
