from __future__ import annotations

import pytest

from social_media.enums import PostStatus as P
from social_media.enums import TargetStatus as T
from social_media.posts import derive
from social_media.posts.derive import derive_status, store_status
from tests.factories import PostFactory, PostTargetFactory


@pytest.mark.parametrize(
    ("targets", "post"),
    [
        ([], P.DRAFT),
        ([T.DRAFT], P.DRAFT),
        ([T.SCHEDULED], P.SCHEDULED),
        ([T.QUEUED], P.SCHEDULED),
        ([T.POSTED, T.POSTING], P.POSTING),
        ([T.POSTED, T.SCHEDULED], P.SCHEDULED),
        ([T.SCHEDULED, T.RECONCILING], P.RECONCILING),
        ([T.POSTED, T.POSTED], P.POSTED),
        ([T.POSTED, T.FAILED], P.PARTIALLY_POSTED),
        ([T.POSTED, T.CANCELLED], P.PARTIALLY_POSTED),
        ([T.POSTED, T.UNCONFIRMED], P.UNCONFIRMED),
        ([T.FAILED, T.UNCONFIRMED], P.UNCONFIRMED),
        ([T.FAILED, T.CANCELLED], P.FAILED),
        ([T.CANCELLED, T.CANCELLED], P.CANCELLED),
    ],
)
def test_derived_from_its_targets(targets, post):
    assert derive_status(targets) == post


def test_every_status_alone_has_a_result():
    derived = {status: derive_status([status]) for status in T}
    assert derived[T.QUEUED] == P.SCHEDULED
    same = {status for status in T if status != T.QUEUED}
    assert {status: derived[status].value for status in same} == {
        status: status.value for status in same
    }


@pytest.mark.django_db
def test_the_derived_status_is_stored():
    post = PostFactory(status=P.SCHEDULED)
    PostTargetFactory(post=post, status=T.POSTED)
    PostTargetFactory(post=post, status=T.FAILED)
    assert store_status(post.pk) == P.PARTIALLY_POSTED
    post.refresh_from_db()
    assert post.status == P.PARTIALLY_POSTED


@pytest.mark.django_db
def test_many_are_stored_as_one_would_be(monkeypatch):
    monkeypatch.setattr(derive, "AT_ONCE", 2)
    found = [[T.POSTED, T.FAILED], [T.CANCELLED], [], [T.CANCELLED], [T.UNCONFIRMED]]
    posts = [PostFactory(status=P.POSTING) for _ in found]
    for post, statuses in zip(posts, found, strict=True):
        for status in statuses:
            PostTargetFactory(post=post, status=status)
    left_alone = PostFactory(status=P.POSTING)
    derive.store_statuses({post.pk for post in posts})
    for post in (*posts, left_alone):
        post.refresh_from_db()
    assert [post.status for post in posts] == [
        derive_status(statuses) for statuses in found
    ]
    assert left_alone.status == P.POSTING
