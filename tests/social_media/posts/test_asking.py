"""Networks that are asked ahead of posts, and whom they must not stop."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.platforms.base import Identity, Session
from social_media.platforms.errors import AccountBlocked, RateLimited, Unavailable
from social_media.platforms.factory import strategy_for
from social_media.posts.preflight import PATIENCE, preflight
from tests.factories import PostTargetFactory, now
from tests.social_media.posts.test_preflight import (
    HOUR,
    SWEEP,
    ahead,
    checked_next,
    codes,
    warnings,
)

pytestmark = pytest.mark.django_db(transaction=True)

SERVER = "https://a.b"


@pytest.fixture
def network(monkeypatch):
    """Stands in for Mastodon's servers: whom they were asked about, what they say."""

    class Network:
        def __init__(self):
            self.asked, self.answer = [], lambda _: None

        def check(self, credentials):
            self.asked.append(credentials.remote_id)
            self.answer(credentials)
            return Identity(
                credentials.remote_id, "ada", Session({"access_token": "a"})
            )

    made = Network()
    monkeypatch.setattr(strategy_for("mastodon"), "check", made.check)
    return made


def unasked(**of):
    """A target that is to be checked now, its account not asked about for hours."""
    given = {"server": SERVER, "checked_at": database_now() - 2 * HOUR}
    return ahead(of={**given, **of})


def raising(error):
    def answer(_):
        raise error

    return answer


def test_an_account_held_back_is_told_of_and_not_paused(network):
    network.answer = raising(AccountBlocked("Confirm your address."))
    target = unasked()
    other = PostTargetFactory(account=target.account)

    assert preflight(within=SWEEP) == 1

    [(code, words)] = warnings()
    assert code == "account_blocked"
    assert words.endswith(
        "Its network holds the account back now: Confirm your address."
    )
    account = ConnectedAccount.objects.get()
    assert (account.status, account.status_reason) == ("active", "")
    assert PostTarget.objects.filter(pk=other.pk).account_ready().exists()


@pytest.mark.parametrize(
    "error",
    [RateLimited("Slow down.", retry_at=now() + HOUR), Unavailable("Away.")],
)
def test_a_network_that_wants_to_be_left_alone_is_asked_once(network, error):
    network.answer = raising(error)
    targets = [unasked() for _ in range(6)]

    assert preflight(within=SWEEP) == 0

    assert len(network.asked) == 1
    assert [checked_next(one) for one in targets] == [
        one.due_at - HOUR for one in targets
    ]


def test_an_account_that_must_wait_is_not_asked_about(network):
    unasked(blocked_until=database_now() + 2 * HOUR)

    assert preflight(within=SWEEP) == 0

    assert network.asked == []


def spoil_secrets(account_id):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE social_media_connectedaccount SET secrets = 'garbage' "
            "WHERE id = %s",
            [ConnectedAccount._meta.pk.get_db_prep_value(account_id, connection)],
        )


def spoil_platform(account_id):
    ConnectedAccount.objects.filter(pk=account_id).update(platform="threads")


@pytest.mark.parametrize("spoil", [spoil_secrets, spoil_platform])
@pytest.mark.parametrize("asked", [True, False])
def test_an_account_that_breaks_the_check_stops_no_other(spoil, asked):
    last = {"checked_at": database_now() - 2 * HOUR} if asked else {}
    bad = ahead(of=last)
    spoil(bad.account_id)
    ahead(of={"status": "paused"})

    assert preflight(within=SWEEP) == 1

    assert codes() == ["paused"]
    # Not the first of the next sweep again.
    assert checked_next(bad) > database_now() + timedelta(minutes=4)


def test_a_slow_network_holds_up_nothing_that_needs_no_asking(network):
    unasked()
    ahead(of={"status": "paused"})
    network.answer = lambda _: seen.append(codes())
    seen = []

    preflight(within=SWEEP)

    assert seen == [["paused"]]


def test_a_check_that_waited_for_its_turn_too_long_is_made_unasked(network):
    target = unasked(token_expires_at=database_now() + HOUR)
    long_ago = database_now() - PATIENCE
    PostTarget.objects.filter(pk=target.pk).update(preflight_at=long_ago)

    assert preflight(within=SWEEP) == 1

    assert (codes(), network.asked) == (["token_expires"], [])


@pytest.mark.postgresql
def test_several_accounts_are_asked_about_at_once(network):
    """The first of each server alone; the others wait here for each other."""
    barrier, heard = threading.Barrier(4), Counter()

    def answer(credentials):
        heard[credentials.server] += 1
        if heard[credentials.server] > 1:
            barrier.wait(10)

    network.answer = answer
    targets = [unasked() for _ in range(5)]
    targets.append(unasked(server="https://c.d"))

    assert preflight(within=SWEEP) == 0

    assert heard == {SERVER: 5, "https://c.d": 1}
    assert len(set(network.asked)) == len(targets)
    actions = ActivityLog.objects.values_list("action", flat=True)
    assert list(actions) == ["account.checked"] * 6


def test_of_a_sweep_that_ends_the_next_goes_on(network):
    targets = [unasked() for _ in range(3)]

    assert preflight(within=timedelta(0)) == 0
    assert network.asked == []
    preflight(within=SWEEP)
    assert len(network.asked) == len(targets)
