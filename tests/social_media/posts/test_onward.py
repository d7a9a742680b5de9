"""What people decide, carried out by the real pipeline on the simulated networks."""

from __future__ import annotations

import pytest

from social_media.enums import Platform
from social_media.models import PostTarget, PublishStep
from social_media.oauth.connect import connect
from social_media.posts.compose import create_post, update_post
from social_media.posts.disconnect import disconnect
from social_media.posts.resolve import resolve_live, resolve_send_again
from social_media.posts.schedule import cancel, publish_now, retry
from tests.factories import UserFactory, WorkspaceFactory
from tests.social_media.posts.composing import composed, statuses
from tests.social_media.publishing.conftest import outcomes, tick

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def account(simulator, user):
    """Connected as a person would, on the network of that name."""

    def make(platform):
        given = simulator.account(platform, "ada")
        return connect(WorkspaceFactory(), platform=platform, given=given, user=user)

    return make


def published(simulator, account):
    """What stands on the network: text and what it answers, oldest first."""
    posts = simulator.posts(account.platform)
    texts = {post["id"]: post["text"] for post in posts}
    return [(post["text"], texts.get(post["reply_to"])) for post in posts]


def sent(account, user, **given):
    """A post of the account, on its way."""
    wanted = composed(account, **given)
    post = create_post(account.workspace, composition=wanted, user=user)
    publish_now(post, user=user)
    return post


def in_doubt(account, user, **given):
    """A post whose network could not tell whether the first part is live."""
    post = sent(account, user, **given)
    tick()
    (target,) = PostTarget.objects.filter(post=post)
    PublishStep.objects.filter(target=target).update(remote_id="", remote_url="")
    PostTarget.objects.filter(pk=target.pk).update(status="unconfirmed")
    return target


@pytest.mark.parametrize("platform", Platform.values)
def test_an_edit_after_a_failed_try_is_what_appears(simulator, account, user, platform):
    account = account(platform)
    simulator.fault(platform, "refuse_connection", seconds=30)
    post = sent(account, user)
    (target,) = PostTarget.objects.all()
    tick()
    simulator.clear_faults()
    assert outcomes(target) == ["unavailable"]
    update_post(post, changes={"content": "Better", "thread": ("More",)}, user=user)
    publish_now(post, user=user)
    tick()
    assert published(simulator, account) == [("Better", None), ("More", "Better")]
    assert outcomes(target) == ["unavailable", "posted", "posted"]


def test_what_was_cancelled_appears_only_after_a_retry(simulator, account, user):
    account = account("bluesky")
    post = sent(account, user)
    cancel(post, user=user)
    tick()
    assert published(simulator, account) == []
    retry(post, user=user)
    tick()
    assert published(simulator, account) == [("Hello", None)]


def test_nothing_leaves_through_a_disconnected_account(simulator, account, user):
    account = account("bluesky")
    post = sent(account, user)
    disconnect(account, user=user)
    tick()
    assert (published(simulator, account), statuses(post)) == ([], ["cancelled"])


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_after_live_the_rest_of_the_thread_answers_it(
    simulator, account, user, platform
):
    account = account(platform)
    sent(account, user, content="First")
    tick()
    url = PostTarget.objects.get().remote_url
    target = in_doubt(account, user, content="Lost")
    PostTarget.objects.filter(pk=target.pk).update(remote_url="")
    update_thread(target.post, "Second")

    resolve_live(target, url=url, user=user)
    tick()

    assert ("Second", "First") in published(simulator, account)
    target.refresh_from_db()
    assert (target.status, target.remote_url) == ("posted", url)


def update_thread(post, text):
    """As if the thread had been there before the answer was lost."""
    post.thread_parts.create(position=1, content=text)
    step = PublishStep.objects.get(target__post=post)
    PublishStep.objects.create(
        target=step.target,
        position=1,
        kind="thread_part",
        idempotency_key=f"{step.idempotency_key[:-1]}z",
        payload={**step.payload, "text": text},
    )


def test_send_again_with_a_network_that_knows_the_key_makes_no_second_post(
    simulator, account, user
):
    account = account("bluesky")
    target = in_doubt(account, user)
    resolve_send_again(target, user=user)
    tick()
    assert published(simulator, account) == [("Hello", None)]
    target.refresh_from_db()
    assert target.status == "posted"
