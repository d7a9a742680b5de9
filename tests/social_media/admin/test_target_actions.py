"""The pipeline's figures, and what operators do about targets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from social_media.enums import AccountStatus, AttemptOutcome, TargetStatus
from social_media.models import ActivityLog, PostTarget
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    PublishStepFactory,
    now,
)

pytestmark = pytest.mark.django_db
NO_DOUBT = "Nothing is in doubt about this target: there is nothing to look up."
LIST = "admin:social_media_posttarget_changelist"


def act(client, action, *targets, **given):
    return client.post(
        reverse(LIST),
        {
            "action": action,
            "_selected_action": [str(one.pk) for one in targets],
            **given,
        },
    )


def told(answer):
    return sorted(str(message) for message in get_messages(answer.wsgi_request))


def named(target):
    return f"“{target.post.content}” on {target.account}"


def fresh(target):
    return PostTarget.objects.get(pk=target.pk)


def logged():
    return list(ActivityLog.objects.values_list("action", "thing_id", "user"))


def unconfirmed():
    target = PostTargetFactory(status=TargetStatus.UNCONFIRMED)
    step = PublishStepFactory(target=target)
    PublishAttemptFactory(step=step, outcome=AttemptOutcome.UNDETERMINED)
    return target


def test_figures(client, operator):
    busy = ConnectedAccountFactory(platform="x")
    PostTargetFactory(account=busy, due_at=now() - timedelta(seconds=90))
    PostTargetFactory(account=busy, due_at=now() + timedelta(hours=1))
    PostTargetFactory(account__status=AccountStatus.PAUSED)
    for status in ("queued", "posting", "reconciling", "unconfirmed", "posted"):
        PostTargetFactory(account__platform="bluesky", status=status)
    PostTargetFactory(status="posted", posted_at=now() - timedelta(hours=2))
    PostTargetFactory(status="failed")
    old = PostTargetFactory(status="failed")
    PostTarget.objects.filter(pk=old.pk).update(updated_at=now() - timedelta(days=2))

    page = client.get(reverse(LIST))
    figures = page.context["figures"]
    assert figures.headings == [
        "Due now",
        "Held by account",
        "Queued",
        "Posting",
        "Reconciling",
        "Unconfirmed",
        "Posted in the last hour",
        "Failed in the last 24 h",
    ]
    assert figures.rows == [
        ("X", [1, 0, 0, 0, 0, 0, 0, 0]),
        ("Bluesky", [0, 0, 1, 1, 1, 1, 1, 0]),
        ("Mastodon", [0, 1, 0, 0, 0, 0, 0, 1]),
        ("All", [1, 1, 1, 1, 1, 1, 1, 1]),
    ]
    assert 90 <= float(figures.late.removesuffix(" s")) < 100
    assert f"Oldest due target: <strong>{figures.late}</strong> late" in (
        page.content.decode()
    )


def test_figures_without_rows(client, operator):
    figures = client.get(reverse(LIST)).context["figures"]
    assert figures.rows[-1] == ("All", [0] * 8)
    assert figures.late == "0.0 s"


def test_retry(client, operator):
    failed = PostTargetFactory(status="failed", error_code="unavailable", tries=5)
    cancelled = PostTargetFactory(status="cancelled")
    posted = PostTargetFactory(status="posted")
    answer = act(client, "retry", failed, cancelled, posted)
    assert told(answer) == sorted(
        [
            f"Sending again: {named(failed)}.",
            f"Sending again: {named(cancelled)}.",
            f"{named(posted)}: Nothing of this post failed or was cancelled.",
        ]
    )
    assert fresh(failed).status == fresh(cancelled).status == TargetStatus.SCHEDULED
    assert (fresh(failed).error_code, fresh(failed).tries) == ("", 0)
    assert fresh(posted).status == TargetStatus.POSTED
    assert sorted(logged()) == sorted(
        ("post.retried", target.post_id, operator.pk) for target in (failed, cancelled)
    )


def test_retry_of_two_targets_of_a_post_is_one_retry(client, operator):
    one = PostTargetFactory(status="failed")
    two = PostTargetFactory(status="failed", post=one.post)
    act(client, "retry", one, two)
    assert fresh(one).status == fresh(two).status == TargetStatus.SCHEDULED
    assert logged() == [("post.retried", one.post_id, operator.pk)]


def test_retry_of_what_the_network_refuses_says_why(client, operator):
    target = PostTargetFactory(
        status="failed", account__platform="x", post__content="long " * 100
    )
    (words,) = told(act(client, "retry", target))
    assert words.startswith(f"“{target.post.content[:40]}” on {target.account}: This ")
    assert "280" in words
    assert fresh(target).status == TargetStatus.FAILED


def test_look_up_now(client, operator):
    later = now() + timedelta(hours=1)
    doubtful = PostTargetFactory(status="reconciling", due_at=later)
    posted = PostTargetFactory(status="posted")
    answer = act(client, "look_up_now", doubtful, posted)
    assert told(answer) == sorted(
        [
            f"Looking up: {named(doubtful)}.",
            f"{named(posted)}: {NO_DOUBT}",
        ]
    )
    assert fresh(doubtful).due_at < now() + timedelta(seconds=1)
    assert fresh(doubtful).status == TargetStatus.RECONCILING
    assert logged() == [("target.reconciling", doubtful.pk, operator.pk)]


def test_mark_live_asks_for_the_link_and_then_does_it(client, operator):
    target, posted = unconfirmed(), PostTargetFactory(status="posted")
    page = act(client, "mark_live", target, posted)
    assert list(page.context["form"].fields) == [f"url_{target.pk}"]
    assert named(target) in page.content.decode()
    assert fresh(target).status == TargetStatus.UNCONFIRMED

    link = "https://mastodon.example/@person/12345"
    given = {"live": "1", f"url_{target.pk}": link}
    answer = act(client, "mark_live", target, posted, **given)
    assert told(answer) == [f"Marked as live: {named(target)}."]
    assert fresh(target).status == TargetStatus.POSTED
    assert fresh(target).remote_url == link
    assert logged() == [("target.resolved", target.pk, operator.pk)]


@pytest.mark.parametrize("link", ["", "not a link", "ftp://example.org/1", "https://"])
def test_mark_live_with_a_bad_link_asks_again(client, operator, link):
    target = unconfirmed()
    page = act(client, "mark_live", target, **{"live": "1", f"url_{target.pk}": link})
    assert list(page.context["form"].errors) == [f"url_{target.pk}"]
    assert fresh(target).status == TargetStatus.UNCONFIRMED
    assert logged() == []


def test_mark_live_of_nothing_unconfirmed(client, operator):
    target = PostTargetFactory(status="failed")
    answer = act(client, "mark_live", target)
    assert told(answer) == ["None of these is unconfirmed."]
