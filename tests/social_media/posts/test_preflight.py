"""Checks ahead of time: what is found, told once, and by one sweep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from social_media.enums import MediaStatus, Platform, RenditionStatus, TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.oauth.connect import connect
from social_media.posts.compose import create_post
from social_media.posts.pause import pause
from social_media.posts.preflight import check_target, preflight
from social_media.posts.schedule import publish_now, schedule
from tests.factories import (
    ConnectedAccountFactory,
    MediaFileFactory,
    MediaRenditionFactory,
    PostMediaFactory,
    PostTargetFactory,
)
from tests.social_media.posts.composing import account_on, composed
from tests.social_media.posts.test_races import started
from tests.social_media.publishing.conftest import together

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SWEEP = timedelta(seconds=30)


def ago():
    return database_now() - timedelta(seconds=1)


def ahead(hours=23.9, **given):
    """A target that is due so far ahead, and to be checked now."""
    now = database_now()
    account = given.pop("account", None) or ConnectedAccountFactory(
        **{"checked_at": now, **given.pop("of", {})}
    )
    given.setdefault("post__content", "Hello")
    return PostTargetFactory(
        account=account, due_at=now + hours * HOUR, **{"preflight_at": ago(), **given}
    )


def warnings():
    rows = ActivityLog.objects.filter(action="target.warned").order_by("pk")
    return [(row.details["code"], row.message) for row in rows]


def codes():
    return [code for code, _ in warnings()]


def checked_next(target):
    return PostTarget.objects.get(pk=target.pk).preflight_at


@pytest.mark.parametrize(
    ("hours", "before"), [(30, 24), (23.9, 1), (1.1, 1), (0.9, None)]
)
def test_a_post_is_checked_a_day_and_an_hour_ahead(workspace, user, hours, before):
    at = database_now() + hours * HOUR
    composition = composed(account_on(workspace), scheduled_time=at)

    post = create_post(workspace, composition=composition, user=user)

    target = post.targets.get()
    assert target.preflight_at == (None if before is None else at - before * HOUR)
    later = at + 48 * HOUR
    schedule(post, at=later, user=user)
    assert checked_next(target) == later - 24 * HOUR
    publish_now(post, user=user)
    assert checked_next(target) is None


def test_what_is_all_right_is_told_to_nobody(workspace, user):
    target = ahead()

    assert preflight(within=SWEEP) == 0

    assert (warnings(), checked_next(target)) == ([], target.due_at - HOUR)
    assert preflight(within=SWEEP) == 0


def test_a_warning_names_post_account_and_time_and_says_what_to_do():
    target = ahead(of={"status": "needs_reauth", "status_reason": "It was revoked."})

    assert preflight(within=SWEEP) == 1

    when = f"{target.due_at:%Y-%m-%d %H:%M} UTC"
    [row] = ActivityLog.objects.filter(action="target.warned")
    assert row.message == (
        f'"Hello" is to go out on {target.account} in 24 hours, at {when}. '
        f"{target.account} has to be connected again before. It was revoked."
    )
    assert (row.thing_id, row.workspace_id) == (target.pk, target.post.workspace_id)
    assert (row.user_id, row.details["code"]) == (None, "needs_reauth")


def test_it_is_told_again_an_hour_ahead_only_if_it_still_holds():
    target = ahead(of={"status": "paused"})
    assert (preflight(within=SWEEP), preflight(within=SWEEP)) == (1, 0)

    soon = database_now() + HOUR
    rows = PostTarget.objects.filter(pk=target.pk)
    rows.update(due_at=soon, preflight_at=ago())
    assert preflight(within=SWEEP) == 1
    assert " in an hour, at " in warnings()[-1][1]
    assert checked_next(target) is None

    rows.update(preflight_at=ago())
    ConnectedAccount.objects.update(status="active")
    assert preflight(within=SWEEP) == 0


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"status": "paused"}, ["paused"]),
        ({"status": "disconnected"}, ["disconnected"]),
        ({"blocked": 24}, ["rate_limited"]),
        ({"blocked": 23}, []),
        ({"expires": 23}, ["token_expires"]),
        ({"expires": -1}, ["token_expires"]),
        ({"expires": 25}, []),
        ({"expires": 23, "platform": Platform.X}, []),
        ({"expires": 23, "platform": Platform.BLUESKY}, []),
        (
            {"expires": 23, "platform": Platform.X, "secrets": {"access_token": "a"}},
            ["token_expires"],
        ),
    ],
)
def test_what_an_account_can_lack(account, expected):
    now = database_now()
    given = dict(account)
    if "expires" in given:
        given["token_expires_at"] = now + given.pop("expires") * HOUR
    if "blocked" in given:
        given["blocked_until"] = now + given.pop("blocked") * HOUR
    ahead(of=given)

    preflight(within=SWEEP)

    assert codes() == expected


def test_a_paused_workspace(user):
    target = ahead()
    pause(target.post.workspace, user=user)

    preflight(within=SWEEP)

    assert codes() == ["workspace_paused"]


def test_rules_that_changed_since():
    ahead(post__content="x" * 500)
    ahead(post__content="x" * 501)

    preflight(within=SWEEP)

    [(code, words)] = warnings()
    assert code == "too_long"
    assert words.endswith("Change the post before.")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({}, []),
        ({"status": MediaStatus.PROCESSING}, ["media_not_ready"]),
        ({"status": MediaStatus.FAILED, "error_message": "Bad."}, ["unusable_file"]),
        ({"status": MediaStatus.PROCESSING, "kind": ""}, ["not_checked"]),
    ],
)
def test_media_that_are_not_there_yet(file, expected):
    target = ahead()
    shown = MediaFileFactory(workspace=target.post.workspace, **file)
    PostMediaFactory(post=target.post, file=shown)

    preflight(within=SWEEP)

    assert codes() == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RenditionStatus.WAITING, ["media_not_ready"]),
        (RenditionStatus.FAILED, ["media_not_ready"]),
        (RenditionStatus.READY, []),
    ],
)
def test_what_has_to_be_made_of_them(status, expected):
    target = ahead()
    shown = MediaFileFactory(workspace=target.post.workspace, size=50_000_000)
    PostMediaFactory(post=target.post, file=shown)
    preflight(within=SWEEP)
    assert codes() == ["media_not_ready"]  # and it was asked for
    made = shown.renditions.get()
    ActivityLog.objects.all().delete()
    shown.renditions.all().delete()
    MediaRenditionFactory(
        original=shown, key=made.key, recipe=made.recipe, status=status
    )

    PostTarget.objects.update(preflight_at=ago())
    preflight(within=SWEEP)

    assert codes() == expected


def test_more_posts_than_the_network_takes():
    account = ConnectedAccountFactory(
        checked_at=database_now(), settings={"posts_per_day": 2}
    )
    for hours in (1, 2):
        PostTargetFactory(account=account, due_at=database_now() + hours * HOUR)
    PostTargetFactory(account=account, due_at=database_now() - 2 * HOUR)
    ahead(account=account)

    preflight(within=SWEEP)

    [(code, words)] = warnings()
    assert code == "quota"
    assert "may publish 2 posts within 24 hours, and 2 others come" in words


def test_what_is_no_longer_scheduled_is_left_alone():
    cancelled = ahead(of={"status": "paused"}, status=TargetStatus.CANCELLED)
    overdue = ahead(-1, of={"status": "paused"})

    assert preflight(within=SWEEP) == 0

    assert warnings() == []
    assert check_target(cancelled.pk) is None
    assert checked_next(overdue) is None


def test_a_sweep_ends_in_time_and_the_next_goes_on():
    for _ in range(3):
        ahead(of={"status": "paused"})

    assert preflight(within=timedelta(0)) == 0
    assert preflight(within=SWEEP) == 3


@pytest.fixture
def signed_in(simulator, user, workspace):
    """An account on the simulator that was not asked about for hours."""

    def make(handle="ada"):
        given = simulator.account("mastodon", handle)
        account = connect(workspace, platform="mastodon", given=given, user=user)
        ConnectedAccount.objects.update(checked_at=database_now() - 2 * HOUR)
        return account

    return make


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_ended_is_found_by_asking(simulator, signed_in):
    account = signed_in()
    ConnectedAccount.objects.update(secrets={"access_token": "revoked"})
    ahead(account=account)
    ahead(account=account)

    preflight(within=SWEEP)

    assert codes() == ["needs_reauth", "needs_reauth"]
    [told] = ActivityLog.objects.exclude(action="target.warned").order_by("-pk")[:1]
    assert (told.action, told.thing_id) == ("account.needs_reauth", account.pk)


@pytest.mark.django_db(transaction=True)
def test_a_network_that_can_t_be_asked_is_no_warning(simulator, signed_in):
    first, second = signed_in(), signed_in("bob")
    simulator.fault(network="mastodon", kind="error_before", on="any", calls=50)
    targets = [ahead(account=first), ahead(account=second)]

    preflight(within=SWEEP)

    assert warnings() == []
    assert [checked_next(one) for one in targets] == [
        one.due_at - HOUR for one in targets
    ]
    statuses = ConnectedAccount.objects.values_list("status", flat=True)
    assert list(statuses) == ["active", "active"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_at_once_one_warns():
    targets = [ahead(of={"status": "paused"}) for _ in range(10)]

    written = together(*[lambda: preflight(within=SWEEP)] * 3)

    assert (sum(written), len(warnings())) == (10, 10)
    assert {one.pk for one in targets} == set(
        ActivityLog.objects.values_list("thing_id", flat=True)
    )


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_post_that_is_being_changed_waits_for_the_next_sweep():
    target = ahead(of={"status": "paused"})

    with transaction.atomic():
        PostTarget.objects.select_for_update(no_key=True).get(pk=target.pk)
        sweep = started(lambda: preflight(within=SWEEP))
        assert sweep.result(10) == 0

    assert preflight(within=SWEEP) == 1
