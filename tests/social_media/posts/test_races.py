"""People and workers at the same row at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.ids import new_id
from social_media.enums import TargetStatus
from social_media.models import ConnectedAccount, PostTarget, PublishStep
from social_media.models.clock import from_now
from social_media.oauth.errors import AccountBusy
from social_media.posts.compose import create_post, update_post
from social_media.posts.disconnect import disconnect
from social_media.posts.errors import InvalidDraft, NotEditable
from social_media.posts.lock import locked
from social_media.posts.schedule import cancel
from tests.factories import UserFactory, WorkspaceFactory
from tests.social_media.posts.composing import (
    account_on,
    composed,
    in_an_hour,
    post_with,
    statuses,
    step_of,
    stored,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

S = TargetStatus


def started(work: Callable[[], object]) -> Future[Any]:
    """Run `work` in a thread, on a connection of its own."""

    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def waits(future: Future[Any]) -> bool:
    """Whether it is still held up after a moment."""
    return not wait([future], timeout=0.3).done


def claim(target_id) -> int:
    """What a worker does first, as one conditional update."""
    return PostTarget.objects.filter(pk=target_id).move(
        S.POSTING,
        of={S.QUEUED},
        attempt_token=new_id(),
        lease_expires_at=from_now(timedelta(seconds=45)),
    )


def test_a_claim_waits_for_an_edit_and_finds_the_new_text():
    post = post_with("queued")
    target = PostTarget.objects.get()
    step_of(target)
    with transaction.atomic():
        update_post(post, changes={"content": "Better"}, user=UserFactory())
        claimed = started(lambda: claim(target.pk))
        assert waits(claimed)
    assert claimed.result(timeout=10) == 1
    assert (stored(post).content, PublishStep.objects.count()) == ("Better", 0)


def test_an_edit_waits_for_a_claim_and_is_refused():
    post, user = post_with("queued"), UserFactory()
    target = PostTarget.objects.get()

    def edit():
        update_post(post, changes={"content": "Better"}, user=user)

    with transaction.atomic():
        claim(target.pk)
        edited = started(edit)
        assert waits(edited)
    assert isinstance(edited.exception(timeout=10), NotEditable)
    assert stored(post).content == post.content


def test_a_claim_that_waited_for_a_cancel_finds_nothing():
    post = post_with("queued")
    target = PostTarget.objects.get()
    with transaction.atomic():
        cancel(post, user=UserFactory())
        claimed = started(lambda: claim(target.pk))
        assert waits(claimed)
    assert (claimed.result(timeout=10), statuses(post)) == (0, ["cancelled"])


def test_two_edits_come_one_after_the_other():
    post, user = post_with("draft"), UserFactory()

    def edit():
        update_post(post, changes={"thread": ("b",)}, user=user)

    with transaction.atomic():
        locked(post.pk)
        edited = started(edit)
        assert waits(edited)
        update_post(post, changes={"content": "First"}, user=user)
    edited.result(timeout=10)
    assert stored(post).content == "First"
    assert [part.content for part in post.thread_parts.all()] == ["b"]


def test_a_disconnect_waits_for_a_new_post_and_cancels_it_or_says_try_again():
    workspace, user = WorkspaceFactory(), UserFactory()
    account = account_on(workspace)
    wanted = composed(account, scheduled_time=in_an_hour())
    with transaction.atomic():
        post = create_post(workspace, composition=wanted, user=user)
        disconnected = started(lambda: disconnect(account, user=user))
        assert waits(disconnected)
    assert isinstance(disconnected.exception(timeout=10), AccountBusy)
    disconnect(account, user=user)
    assert statuses(post) == ["cancelled"]


def test_a_new_post_waits_for_a_disconnect_and_is_refused():
    workspace, user = WorkspaceFactory(), UserFactory()
    account = account_on(workspace)
    wanted = composed(account, scheduled_time=in_an_hour())
    with transaction.atomic():
        row = ConnectedAccount.objects.select_for_update().get(pk=account.pk)
        created = started(lambda: create_post(workspace, composition=wanted, user=user))
        assert waits(created)
        row.status, row.secrets = "disconnected", None
        row.updated_at = timezone.now()
        row.save()
    assert isinstance(created.exception(timeout=10), InvalidDraft)
    assert not PostTarget.objects.exists()
