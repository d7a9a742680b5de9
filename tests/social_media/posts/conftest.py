"""Whose posts they are."""

from __future__ import annotations

import pytest

from tests.factories import UserFactory, WorkspaceFactory


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def user():
    return UserFactory()
