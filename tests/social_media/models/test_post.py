"""Posts, threads, the activity log and kept answers."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from social_media.enums import ActivityAction, PostStatus
from social_media.models import ActivityLog, Post, StoredAnswer
from tests.factories import (
    ApiKeyFactory,
    PostFactory,
    PostTargetFactory,
    ThreadPartFactory,
    UserFactory,
    WorkspaceFactory,
    now,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "constraint"),
    [
        ({"status": "lost"}, "post_status_known"),
        (
            {"status": PostStatus.SCHEDULED, "scheduled_time": None},
            "scheduled_post_has_a_time",
        ),
    ],
)
def test_what_the_database_refuses(state, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        PostFactory(**state)


def test_parts_of_a_post_and_of_a_target_have_positions_of_their_own():
    target = PostTargetFactory()
    other = PostTargetFactory(post=target.post)
    for owner in (None, target, other):
        ThreadPartFactory(post=target.post, target=owner, position=1)
    for owner in (None, target, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            ThreadPartFactory(post=target.post, target=owner, position=1)


def test_newest_posts_come_first():
    made = [PostFactory() for _ in range(3)]
    assert list(Post.objects.all()) == made[::-1]


def test_a_post_outlives_its_author():
    post = PostFactory()
    post.author.delete()
    post.refresh_from_db()
    assert post.author is None


def test_record():
    post, key = PostFactory(), ApiKeyFactory()
    ActivityLog.objects.record(
        ActivityAction.POST_CREATED,
        post,
        workspace_id=post.workspace_id,
        user=post.author,
        api_key=key,
        message="m" * 2000,
        details={"length": 3},
    )
    (row,) = ActivityLog.objects.values()
    assert row.pop("created_at") <= now()
    assert isinstance(row.pop("id"), uuid.UUID)
    assert row == {
        "workspace_id": post.workspace_id,
        "action": "post.created",
        "user_id": post.author_id,
        "api_key_id": key.pk,
        "thing_type": "post",
        "thing_id": post.pk,
        "message": "m" * 1000,
        "details": {"length": 3},
    }


def test_the_activity_outlives_who_acted():
    user = UserFactory()
    post = PostFactory()
    ActivityLog.objects.record(
        ActivityAction.POST_DELETED, post, workspace_id=None, user=user
    )
    user.delete()
    post.delete()
    row = ActivityLog.objects.get()
    assert (row.user, row.action) == (None, "post.deleted")


def test_one_answer_per_caller_and_key():
    same = {
        "workspace": WorkspaceFactory(),
        "caller": uuid.uuid4(),
        "key": "k",
        "fingerprint": "f",
    }
    StoredAnswer.objects.create(**same)
    for change in (
        {"workspace": WorkspaceFactory()},
        {"caller": uuid.uuid4()},
        {"key": "other"},
    ):
        StoredAnswer.objects.create(**{**same, **change})
    with pytest.raises(IntegrityError):
        StoredAnswer.objects.create(**{**same, "fingerprint": "other"})


def test_outdated_answers():
    answers = [
        StoredAnswer.objects.create(
            workspace=WorkspaceFactory(), caller=uuid.uuid4(), key="k", fingerprint="f"
        )
        for _ in range(2)
    ]
    StoredAnswer.objects.filter(pk=answers[0].pk).update(
        created_at=now() - timedelta(hours=24, seconds=1)
    )
    assert list(StoredAnswer.objects.outdated()) == [answers[0]]
