"""Operators add, change and remove members by the workspace's own rules."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Membership
from social_media.models import ActivityLog
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/membership/"


def logged():
    return list(ActivityLog.objects.values_list("action", "user", "details"))


def test_a_member_is_added_and_changed_and_removed(client, operator):
    owner, person = MembershipFactory(), UserFactory()
    given = {"user": person.pk, "workspace": owner.workspace_id, "role": "viewer"}

    client.post(f"{LIST}add/", given)
    member = Membership.objects.get(user=person)
    page = reverse("admin:accounts_membership_change", args=[member.pk])
    client.post(page, {"role": "admin"})
    member.refresh_from_db()
    client.post(f"{LIST}{member.pk}/delete/", {"post": "yes"})

    assert (member.workspace_id, member.role) == (owner.workspace_id, "admin")
    assert list(Membership.objects.all()) == [owner]
    email = person.email
    assert logged()[::-1] == [
        ("member.added", operator.pk, {"email": email, "role": "viewer"}),
        (
            "member.changed",
            operator.pk,
            {"email": email, "from": "viewer", "role": "admin"},
        ),
        ("member.removed", operator.pk, {"email": email, "role": "admin"}),
    ]


def test_the_last_owner_stays(client, operator):
    owner = MembershipFactory()

    changed = client.post(f"{LIST}{owner.pk}/change/", {"role": "viewer"}, follow=True)
    deleted = client.post(f"{LIST}{owner.pk}/delete/", {"post": "yes"}, follow=True)

    for page in (changed, deleted):
        assert f"The only owner is {owner.user}." in page.content.decode()
    owner.refresh_from_db()
    assert (owner.role, logged()) == ("owner", [])


def test_nobody_is_added_twice(client, operator):
    owner = MembershipFactory()
    given = {"user": owner.user_id, "workspace": owner.workspace_id, "role": "viewer"}

    page = client.post(f"{LIST}add/", given)

    assert page.status_code == 200
    assert page.context["errors"]
    assert Membership.objects.count() == 1
