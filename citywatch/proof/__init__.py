"""Proofs over the whole path: the log itself on one side, what the store and the screens say on the other.

Nothing here uses `streams`: a mistake there must not be repeated by what looks for it.
"""
