"""A queue and its workspace."""

from __future__ import annotations

import pytest

from tests.factories import UserFactory
from tests.queue_factory import PostQueueFactory


@pytest.fixture
def queue():
    """Running, a slot every quarter of an hour, for one account."""
    return PostQueueFactory()


@pytest.fixture
def user():
    return UserFactory()
