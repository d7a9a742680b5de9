"""Fixtures of the API's tests."""

from __future__ import annotations

import pytest

from tests.social_media.api.callers import Team, make_team


@pytest.fixture
def team(db) -> Team:
    """A workspace with one member of each role, and a stranger."""
    return make_team()
