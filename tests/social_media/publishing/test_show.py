"""A post says `posting` when one of its targets takes its time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from social_media import failpoints
from social_media.enums import Instant, Platform, PostStatus, TargetStatus
from social_media.models import Post, PostTarget
from social_media.publishing import show
from social_media.publishing.claim import claim_target
from social_media.publishing.scan import scan
from social_media.publishing.show import show_posting
from tests.factories import ConnectedAccountFactory
from tests.social_media.publishing.conftest import due, tick, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claimed():
    """A target that a worker has had for two seconds."""
    target = due(ConnectedAccountFactory(), status=TargetStatus.SCHEDULED)
    assert [claim_target(pk) for batch in scan() for pk in batch] != [None]
    target.refresh_from_db()
    earlier = target.lease_expires_at - timedelta(seconds=2)
    PostTarget.objects.filter(pk=target.pk).update(lease_expires_at=earlier)
    return target


def status_of(target):
    return Post.objects.values_list("status", flat=True).get(pk=target.post_id)


def test_what_goes_on_for_a_while_is_shown(claimed):
    assert show_posting() == 1
    assert status_of(claimed) == PostStatus.POSTING
    assert show_posting() == 0


def test_what_was_just_claimed_is_not_worth_a_write():
    target = due(ConnectedAccountFactory())
    assert [claim_target(pk) for batch in scan() for pk in batch] != [None]
    assert show_posting() == 0
    assert status_of(target) == PostStatus.SCHEDULED


@pytest.mark.postgresql
def test_a_post_that_is_being_written_is_left_alone(claimed):
    with transaction.atomic():
        Post.objects.select_for_update(no_key=True).get(pk=claimed.post_id)
        assert together(show_posting) == [0]


@pytest.mark.postgresql
def test_what_was_derived_meanwhile_is_not_overwritten(claimed, monkeypatch):
    lock = show._locked

    def settle_then_lock(posts):
        rows = PostTarget.objects.filter(pk=claimed.pk)
        freed = {"attempt_token": None, "lease_expires_at": None}
        together(lambda: rows.update(status=TargetStatus.SCHEDULED, **freed))
        return lock(posts)

    monkeypatch.setattr(show, "_locked", settle_then_lock)
    assert show_posting() == 0
    assert status_of(claimed) == PostStatus.SCHEDULED


def test_a_thread_says_posting_from_its_first_part_on(
    simulator, connected, monkeypatch
):
    target = due(connected(Platform.MASTODON), "one", thread=("two",))
    shown = []

    def look(instant):
        if instant == Instant.PART_RECORDED:
            shown.append(status_of(target))

    monkeypatch.setattr(failpoints, "_hook", look)
    tick()
    assert shown == [PostStatus.POSTING]
    assert status_of(target) == PostStatus.POSTED
