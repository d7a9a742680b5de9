"""Settling what a network can't tell."""

from __future__ import annotations

import pytest

from social_media.enums import Platform, TargetStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.posts.errors import Conflict, InvalidDraft, PostGone
from social_media.posts.resolve import (
    REST_NOT_SENT,
    resolve_live,
    resolve_send_again,
)
from tests.factories import (
    PostFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    ThreadPartFactory,
    UserFactory,
)
from tests.social_media.posts.composing import account_on, step_of, stored

pytestmark = pytest.mark.django_db

LINK = "https://x.com/ada/status/1843?s=20"


@pytest.fixture
def user():
    return UserFactory()


def unconfirmed(*thread, platform=Platform.X, outcome="", **given):
    """A target whose first step has a lost answer."""
    post = PostFactory(status="unconfirmed", **given)
    for position, text in enumerate(thread, start=1):
        ThreadPartFactory(post=post, position=position, content=text)
    target = PostTargetFactory(
        post=post,
        account=account_on(post.workspace, platform),
        status="unconfirmed",
        error_code="unconfirmed",
        error_message="Look at the account.",
    )
    for position in range(len(thread) + 1):
        step_of(target, position)
    step = target.steps.first()
    PublishAttemptFactory(step=step, outcome=outcome)
    return target


def logged():
    return [
        (row.action, row.thing_id, row.user_id, row.details)
        for row in ActivityLog.objects.all()
    ]


def test_live_adopts_the_link_and_closes_the_attempt(user):
    target = unconfirmed()
    resolve_live(target, url=LINK, user=user)
    step, attempt = PublishStep.objects.get(), PublishAttempt.objects.get()
    assert (step.remote_id, step.remote_url) == ("1843", LINK)
    assert step.published_at == attempt.opened_at
    assert attempt.outcome == "resolved"
    assert attempt.closed_at is not None
    target.refresh_from_db()
    assert (target.status, target.remote_url) == ("posted", LINK)
    assert (target.error_code, target.error_message) == ("", "")
    assert target.posted_at is not None
    assert stored(target.post).status == "posted"
    details = {"decision": "live", "url": LINK}
    assert logged() == [("target.resolved", target.pk, user.pk, details)]


def test_live_keeps_what_a_look_up_found_out(user):
    target = unconfirmed(outcome="undetermined")
    resolve_live(target, url=LINK, user=user)
    assert PublishAttempt.objects.get().outcome == "undetermined"


def test_after_live_the_rest_of_a_thread_goes_out(user):
    target = unconfirmed("Second", "Third")
    resolve_live(target, url=LINK, user=user)
    assert list(PostTarget.objects.due().in_time()) == [target]
    ids = list(PublishStep.objects.values_list("remote_id", flat=True))
    assert ids == ["1843", "", ""]
    assert stored(target.post).status == "scheduled"


def test_after_live_the_first_comment_goes_out(user):
    target = unconfirmed(first_comment="More below")
    resolve_live(target, url=LINK, user=user)
    assert list(PostTarget.objects.due()) == [target]


@pytest.mark.parametrize("why", ["no cid in the link", "disconnected"])
def test_a_rest_that_can_t_go_out_is_given_up_and_the_owner_told(user, why):
    target = unconfirmed("Second", platform=Platform.BLUESKY)
    if why == "disconnected":
        ConnectedAccount.objects.update(status="disconnected", secrets=None)
    url = "https://bsky.app/profile/ada/post/3mzz"
    resolve_live(target, url=url, user=user)
    target.refresh_from_db()
    assert (target.status, target.error_message) == ("posted", REST_NOT_SENT)
    first, second = PublishStep.objects.all()
    did = target.account.remote_id
    assert first.remote_id == f"at://{did}/app.bsky.feed.post/3mzz"
    assert (first.abandoned_at, second.remote_id) == (None, "")
    assert second.abandoned_at is not None


def test_a_later_part_that_is_live_leaves_the_post_its_own_link(user):
    target = unconfirmed("Second")
    first, second = target.steps.all()
    PublishStep.objects.filter(pk=first.pk).update(
        remote_id="1", remote_url="https://x.com/ada/status/1"
    )
    resolve_live(target, url=LINK, user=user)
    target.refresh_from_db()
    second.refresh_from_db()
    assert (target.status, target.remote_url) == (
        "posted",
        "https://x.com/ada/status/1",
    )
    assert second.remote_id == "1843"


def test_send_again_is_due_now_with_the_key_of_before(user):
    target = unconfirmed()
    step = PublishStep.objects.get()
    resolve_send_again(target, user=user)
    assert list(PostTarget.objects.due().in_time()) == [target]
    assert PublishStep.objects.get().idempotency_key == step.idempotency_key
    assert PublishAttempt.objects.get().outcome == "resolved"
    target.refresh_from_db()
    assert (target.error_code, target.tries) == ("", 0)
    assert stored(target.post).status == "scheduled"
    details = {"decision": "send_again", "url": ""}
    assert logged() == [("target.resolved", target.pk, user.pk, details)]


def test_send_again_needs_a_connected_account(user):
    target = unconfirmed()
    ConnectedAccount.objects.update(status="disconnected", secrets=None)
    with pytest.raises(InvalidDraft) as told:
        resolve_send_again(target, user=user)
    assert [p.field for p in told.value.problems] == ["targets.0.account"]
    assert PublishAttempt.objects.get().outcome == ""
    assert PostTarget.objects.get().status == "unconfirmed"


@pytest.mark.parametrize("status", sorted(set(TargetStatus.values) - {"unconfirmed"}))
def test_only_an_unconfirmed_one_is_settled(user, status):
    target = PostTargetFactory(status=status)
    for decide in (
        lambda: resolve_live(target, url=LINK, user=user),
        lambda: resolve_send_again(target, user=user),
    ):
        with pytest.raises(Conflict) as told:
            decide()
        assert told.value.code == "not_unconfirmed"
    assert PostTarget.objects.get().status == status
    assert logged() == []


def test_a_target_that_is_gone(user):
    target = unconfirmed()
    PostTarget.objects.all().delete()
    with pytest.raises(PostGone):
        resolve_live(target, url=LINK, user=user)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/ada/status/1843",
        "https://x.com/ada/status/١٢٣",
        "https://x.com/ada",
        "https://x.com",
        "https://x.com:444/ada/status/1",
        "ftp://x.com/ada/status/1",
        "https://[/ada/status/1",
    ],
)
def test_a_link_to_anything_else_is_refused_and_nothing_changed(user, url):
    target = unconfirmed()
    with pytest.raises(InvalidDraft) as refused:
        resolve_live(target, url=url, user=user)
    assert [problem.field for problem in refused.value.problems] == ["url"]
    target.refresh_from_db()
    assert target.status == "unconfirmed"
    assert PublishAttempt.objects.get().outcome == ""


@pytest.mark.parametrize(
    ("platform", "url", "remote_id"),
    [
        (Platform.X, "https://x.com/ada/status/1843/?s=20", "1843"),
        (Platform.X, "https://www.twitter.com/ada/status/1843/photo/1", "1843"),
        (Platform.MASTODON, "https://mastodon.example/@ada/1137", "1137"),
    ],
)
def test_the_link_names_the_post(user, platform, url, remote_id):
    resolve_live(unconfirmed(platform=platform), url=url, user=user)
    step = PublishStep.objects.get()
    assert (step.remote_id, step.remote_url) == (remote_id, url)
