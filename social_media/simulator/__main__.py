"""`python -m social_media.simulator`."""

from __future__ import annotations

from social_media.simulator.cli import main

if __name__ == "__main__":
    main()
