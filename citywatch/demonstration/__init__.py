"""The two sources of `citywatch demo`, each in a process of its own: a real county replayed, a city
simulated."""
