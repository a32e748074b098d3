"""Queries over the store: how far a city's figures are, and what they are."""
