"""Joining, when two do it at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User, Workspace
from accounts.register import register
from accounts.roles import Role

PASSWORD = "analytical engine 1843"


@pytest.mark.django_db
def test_the_person_owns_a_workspace_in_their_zone():
    caller = register(
        email="Ada@Example.org", password=PASSWORD, timezone="Europe/London"
    )

    assert caller.user.email == "ada@example.org"
    assert (caller.role, caller.api_key) == (Role.OWNER, None)
    assert caller.workspace.timezone == caller.user.timezone == "Europe/London"
    assert caller.user.check_password(PASSWORD)


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_address_one_joins():
    start = threading.Barrier(2)

    def join(_):
        try:
            start.wait(timeout=5)
            register(email="ada@example.org", password=PASSWORD)
        except ValidationError as error:
            return error.error_dict["email"][0].code
        finally:
            connection.close()
        return "joined"

    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(join, range(2)))

    assert sorted(ends) == ["joined", "taken"]
    assert (User.objects.count(), Workspace.objects.count()) == (1, 1)
