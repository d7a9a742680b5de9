"""Queues: posts in order, each at the next free slot of the week."""
