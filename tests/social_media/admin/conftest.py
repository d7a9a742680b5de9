"""Who looks at the admin."""

from __future__ import annotations

import pytest

from tests.factories import UserFactory


@pytest.fixture
def operator(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user
