"""A server that only resembles Mastodon, driven by Mastodon.py."""

from __future__ import annotations

import pytest
from mastodon import MastodonNotFoundError

from tests.social_media.simulator import wire


@pytest.fixture
def toots(server):
    # Without a version to believe in, Mastodon.py asks itself for ever.
    return server("fediverse", mastodon_version="3.5.5")


def test_the_same_key_twice_makes_two_posts(simulator, toots):
    made = [toots.status_post("one", idempotency_key="k").id for _ in range(2)]
    stands = simulator.posts("fediverse", "ann")
    assert [post["id"] for post in stands] == [str(each) for each in made]
    assert simulator.summary()["doubled"] == 1


def test_there_is_no_second_version_of_the_instance(toots):
    with pytest.raises(MastodonNotFoundError):
        toots.instance_v2()
    instance = toots.instance_v1()
    assert (instance.version, instance.configuration.statuses.max_characters) == (
        "lookalike",
        500,
    )


def test_it_tells_no_rate_limits(simulator):
    answer = wire.get(f"{simulator.urls['fediverse']}/api/v1/instance")
    assert [name for name in answer.headers if "ratelimit" in name] == []


def test_its_accounts_are_not_mastodons(simulator, toots):
    toots.status_post("here")
    assert simulator.posts("mastodon") == []
