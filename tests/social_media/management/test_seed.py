"""The demo's posts, and that they never go to a real network."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from social_media.enums import TargetStatus
from social_media.management.demo_posts import (
    ACCOUNTS,
    EMAIL,
    EVERYWHERE,
    PASSWORD,
    POSTS,
    visible_posts,
)
from social_media.management.seed import RealNetworks, seed
from social_media.models import ConnectedAccount, Post, PostTarget
from social_media.simulator.client import SimulatorClient

# Connecting gives the database connection back: no transaction around the test.
pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_is_due_over_the_next_minute(simulator: SimulatorClient) -> None:
    before = datetime.now(UTC)
    assert seed(simulator) == len(POSTS)
    targets = PostTarget.objects.all()
    assert {target.status for target in targets} == {TargetStatus.SCHEDULED}
    waits = [target.due_at - before for target in targets if target.due_at]
    assert timedelta(0) < min(waits)
    # The pictures are painted and uploaded before the first post's time is set.
    assert max(waits) - min(waits) < timedelta(seconds=60)
    parts = sum(
        1 + target.post.thread_parts.count() for target in targets.select_related()
    )
    assert parts == visible_posts()


def test_all_accounts_of_all_networks_take_part(simulator: SimulatorClient) -> None:
    seed(simulator)
    accounts = ConnectedAccount.objects.values_list("platform", "handle")
    assert len(accounts) == len(ACCOUNTS)
    assert Counter(platform for platform, _ in accounts) == dict.fromkeys(EVERYWHERE, 2)
    idle = ConnectedAccount.objects.filter(targets=None)
    assert list(idle) == []


def test_a_second_run_adds_posts_and_nothing_else(simulator: SimulatorClient) -> None:
    seed(simulator)
    seed(simulator)
    assert Post.objects.count() == 2 * len(POSTS)
    assert ConnectedAccount.objects.count() == len(ACCOUNTS)
    assert User.objects.count() == 1


def test_the_demo_login_opens_the_admin(simulator: SimulatorClient) -> None:
    seed(simulator)
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == (EMAIL, True, True)
    assert user.check_password(PASSWORD)


def test_real_networks_are_refused_and_nothing_is_stored(
    simulator: SimulatorClient, settings: Settings
) -> None:
    real = replace(settings.NETWORKS["x"], api_url="https://api.x.com")
    settings.NETWORKS = {**settings.NETWORKS, "x": real}
    with pytest.raises(RealNetworks):
        seed(simulator)
    assert User.objects.count() == 0
