"""What the tests of queues share."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from social_media.enums import TargetStatus
from social_media.models import Post, PostQueue, PostTarget, QueuedPost
from social_media.models.clock import database_now
from social_media.posts.queues.add import add_post
from social_media.posts.queues.read import upcoming
from tests.factories import PostFactory, PostTargetFactory


def draft_in(queue: PostQueue, content: str, **given: Any) -> Post:
    """A draft of the queue's workspace on the queue's accounts."""
    given.setdefault("workspace", queue.workspace)
    post: Post = PostFactory(content=content, **given)
    for account in queue.accounts.all():
        PostTargetFactory(post=post, account=account, status=TargetStatus.DRAFT)
    return post


def filled(queue: PostQueue, *contents: str, **given: Any) -> list[Post]:
    """Drafts, added to the end one after the other."""
    posts = [draft_in(queue, content, **given) for content in contents]
    for post in posts:
        add_post(queue, post_id=post.pk, user=None)
    return posts


def line(queue: PostQueue) -> list[str]:
    """The texts of the posts that wait, in order."""
    rows = QueuedPost.objects.waiting().filter(queue=queue)
    return list(rows.values_list("post__content", flat=True))


def assert_in_step(queue: PostQueue) -> None:
    """What waits has exactly the next slots, and is due at them."""
    queue.refresh_from_db()
    entries = list(QueuedPost.objects.waiting().filter(queue=queue))
    wanted = list(islice(upcoming(queue, database_now()), len(entries)))
    assert [entry.slot_at for entry in entries] == wanted
    assert all_due(entries) == [(at, "scheduled", {at}) for at in wanted]


def assert_held(queue: PostQueue) -> None:
    """What waits has no slot and is a draft."""
    entries = list(QueuedPost.objects.waiting().filter(queue=queue))
    assert {entry.slot_at for entry in entries} == {None}
    assert all_due(entries) == [(None, "draft", {None})] * len(entries)


def all_due(entries: list[QueuedPost]) -> list[tuple[Any, ...]]:
    """Time, status and due times of each post."""
    posts = [Post.objects.get(pk=entry.post_id) for entry in entries]
    return [(post.scheduled_time, post.status, due_of(post)) for post in posts]


def due_of(post: Post) -> set[Any]:
    rows = PostTarget.objects.filter(post=post)
    return set(rows.values_list("due_at", flat=True))


def let_come(post: Post, status: str = "posted") -> QueuedPost:
    """The post's slot came a minute ago; it ended as `status`."""
    past = database_now() - timedelta(minutes=1)
    QueuedPost.objects.filter(post=post).update(slot_at=past)
    Post.objects.filter(pk=post.pk).update(scheduled_time=past, status=status)
    told = {"status": status, "due_at": past}
    if status == "posted":
        told["posted_at"] = past
    PostTarget.objects.filter(post=post).update(**told)
    return QueuedPost.objects.get(post=post)
