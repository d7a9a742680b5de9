"""`python -m social_media.media.workshop`: one order, from standard input."""

from __future__ import annotations

from social_media.media.workshop.worker import main

if __name__ == "__main__":
    main()
