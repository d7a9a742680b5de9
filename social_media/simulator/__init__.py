"""A stand-in for the networks: one process that speaks their HTTP APIs.

Real client libraries talk to it over real sockets. It remembers what was posted,
shows it on a page, and injects faults on demand. It stands alone: nothing of the
project is imported here, and only `client.py` is meant to be imported by others.

    python -m social_media.simulator --port 8900

listens on 8900 (page and control API), 8901 (X), 8902 (Bluesky), 8903 (Mastodon) and
8904 (a server that merely resembles Mastodon).
"""
