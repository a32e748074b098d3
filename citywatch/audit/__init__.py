"""Proofs over the whole path: the log itself on one side, what the store and the screens say on the other.

The recount itself (`reference_verdicts`, `expected`, `measured`, `vouched`) uses nothing of `streams` or `sinks`: a
mistake there must not be repeated by what looks for it.
"""
