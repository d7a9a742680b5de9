"""What one post may have at most, whichever way it comes in."""

from __future__ import annotations

#: Longer than any network takes; keeps single requests from storing books.
MAX_TEXT = 100_000
MAX_PARTS = 100
MAX_TARGETS = 50
MAX_LATE_MINUTES = 366 * 24 * 60
#: More than any network takes in one post.
MAX_FILES = 20
MAX_ALT = 10_000
MAX_LABELS = 30
