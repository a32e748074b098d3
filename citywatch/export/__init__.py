"""A span of the store as a file, with the positions up to which it is complete."""
