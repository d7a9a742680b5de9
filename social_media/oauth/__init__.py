"""Connecting accounts and keeping their tokens usable."""
