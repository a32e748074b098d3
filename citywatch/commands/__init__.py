"""One module a command; see `citywatch.cli`."""
