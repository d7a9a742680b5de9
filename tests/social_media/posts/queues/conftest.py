"""A queue and its workspace."""

from __future__ import annotations

import pytest

from tests.factories import PostQueueFactory, UserFactory


@pytest.fixture
def queue():
    """Running, a slot every quarter of an hour, for one account."""
    return PostQueueFactory()


@pytest.fixture
def user():
    return UserFactory()
