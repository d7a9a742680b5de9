"""What the tests of posts over the API share."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import (
    PostFactory,
    PostTargetFactory,
    now,
)
from tests.social_media.posts.composing import account_on

POSTS = "/api/v1/posts"


def make_post(team, *statuses, **given):
    """A post of the team's, each target on an account of its own."""
    statuses = statuses or ("draft",)
    given.setdefault("status", statuses[0])
    post = PostFactory(workspace=team.workspace, **given)
    for status in statuses:
        PostTargetFactory(post=post, account=account_on(team.workspace), status=status)
    return post


def in_an_hour():
    return (now() + timedelta(hours=1)).replace(microsecond=0)


def body(*accounts, **given):
    """Hello, to these accounts."""
    return {
        "content": "Hello",
        "targets": [{"account": str(account.pk)} for account in accounts],
        **given,
    }


def brief(account):
    return {
        "id": str(account.pk),
        "platform": account.platform,
        "handle": account.handle,
        "display_name": "",
        "avatar_url": "",
        "label": "",
        "status": account.status,
    }


def zulu(moment):
    return moment.isoformat().replace("+00:00", "Z")


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def target_of(account, **given):
    return {"targets": [{"account": str(account.pk), **given}]}
