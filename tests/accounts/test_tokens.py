"""Refresh tokens are spent once, whoever asks at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.tokens import (
    TokenRefused,
    issue_tokens,
    revoke_token,
    rotate_tokens,
)
from tests.factories import UserFactory


@pytest.mark.django_db
def test_tokens_do_not_show_themselves():
    tokens = issue_tokens(UserFactory())

    assert repr(tokens) == "Tokens()"


@pytest.mark.django_db
def test_a_token_of_somebody_who_is_gone():
    user = UserFactory()
    refresh = issue_tokens(user).refresh
    user.delete()

    with pytest.raises(TokenRefused):
        rotate_tokens(refresh)


@pytest.mark.django_db
def test_a_revoked_token_is_not_rotated():
    refresh = issue_tokens(UserFactory()).refresh
    revoke_token(refresh)

    with pytest.raises(TokenRefused):
        rotate_tokens(refresh)


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_of_many_rotations_at_once_one_wins():
    refresh = issue_tokens(UserFactory()).refresh
    start = threading.Barrier(4)

    def rotate(_):
        try:
            start.wait(timeout=5)
            rotate_tokens(refresh)
        except TokenRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        won = list(threads.map(rotate, range(4)))

    assert sorted(won) == [False, False, False, True]
