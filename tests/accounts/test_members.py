"""A workspace keeps an owner, whoever leaves at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.caller import Caller
from accounts.members import LastOwner, MemberGone, change_role, remove_member
from accounts.models import Membership, Workspace
from accounts.roles import Role
from tests.factories import MembershipFactory


def caller_of(member):
    return Caller(member.user, member.workspace, Role(member.role))


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_of_two_owners_who_leave_at_once_one_stays():
    first = MembershipFactory()
    second = MembershipFactory(workspace=first.workspace)

    def leave():
        try:
            remove_member(caller_of(second), second)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Workspace.objects.select_for_update(no_key=True).get(pk=first.workspace_id)
            leaving = pool.submit(leave)
            with pytest.raises(TimeoutError):  # waits for whoever was first
                leaving.result(timeout=0.3)
            remove_member(caller_of(first), first)
        with pytest.raises(LastOwner):
            leaving.result(timeout=10)
    assert list(Membership.objects.all()) == [second]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda by, member: change_role(by, member, role=Role.ADMIN),
        remove_member,
    ],
)
def test_who_is_gone_already(act):
    owner = MembershipFactory()
    member = MembershipFactory(workspace=owner.workspace, role=Role.VIEWER)
    Membership.objects.filter(pk=member.pk).delete()
    with pytest.raises(MemberGone):
        act(caller_of(owner), member)
