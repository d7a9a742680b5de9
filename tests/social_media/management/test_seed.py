"""The demo's posts, and that they never go to a real network."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q
from pytest_django.fixtures import Settings

from accounts.models import User
from social_media.enums import TargetStatus
from social_media.management.demo_posts import (
    ACCOUNTS,
    EMAIL,
    EVERYWHERE,
    PASSWORD,
    POSTS,
    QUEUED,
    due_posts,
    visible_posts,
)
from social_media.management.seed import RealNetworks, seed
from social_media.models import (
    ConnectedAccount,
    Occurrence,
    Post,
    PostQueue,
    PostTarget,
    QueuedPost,
    RecurringSchedule,
)
from social_media.models.clock import database_now
from social_media.simulator.client import SimulatorClient

# Connecting gives the database connection back: no transaction around the test.
pytestmark = pytest.mark.django_db(transaction=True)


def test_everything_is_due_over_the_next_minute(simulator: SimulatorClient) -> None:
    before = datetime.now(UTC)
    assert seed(simulator) == len(due_posts())
    targets = PostTarget.objects.exclude(post__is_template=True)
    assert {target.status for target in targets} == {TargetStatus.SCHEDULED}
    planned = Q(post__queued__isnull=False) | Q(post__occurrence__isnull=False)
    waits = [target.due_at - before for target in targets.exclude(planned)]
    assert timedelta(0) < min(waits)
    # The pictures are painted and uploaded before the first post's time is set.
    assert max(waits) - min(waits) < timedelta(seconds=60)
    due = targets.filter(due_at__lt=before + timedelta(hours=1)).select_related()
    parts = sum(1 + target.post.thread_parts.count() for target in due)
    assert parts == visible_posts()


def test_a_queue_and_a_recurring_post_begin_in_a_minute(
    simulator: SimulatorClient,
) -> None:
    seed(simulator)
    at = database_now()
    first, *others = QueuedPost.objects.order_by("slot_at")
    assert timedelta(seconds=5) < first.slot_at - at < timedelta(seconds=75)
    assert [one.slot_at - first.slot_at for one in others] == [
        timedelta(days=days) for days in range(1, len(QUEUED))
    ]
    first, *others = Occurrence.objects.order_by("occurs_at")
    assert timedelta(seconds=5) < first.occurs_at - at < timedelta(seconds=75)
    assert first.post.content.startswith("Timetable number 1, ")
    assert {one.occurs_at - first.occurs_at for one in others} <= {
        timedelta(weeks=weeks) for weeks in range(1, 3)
    }


def test_all_accounts_of_all_networks_take_part(simulator: SimulatorClient) -> None:
    seed(simulator)
    accounts = ConnectedAccount.objects.values_list("platform", "handle")
    assert len(accounts) == len(ACCOUNTS)
    assert Counter(platform for platform, _ in accounts) == dict.fromkeys(EVERYWHERE, 2)
    idle = ConnectedAccount.objects.filter(targets=None)
    assert list(idle) == []


def test_a_second_run_adds_posts_and_nothing_else(simulator: SimulatorClient) -> None:
    seed(simulator)
    planned = Post.objects.filter(occurrence__isnull=False) | Post.objects.filter(
        is_template=True
    )
    recurring = planned.count()
    assert seed(simulator) == len(due_posts()) - 1
    assert planned.count() == recurring
    assert Post.objects.count() == recurring + 2 * (len(POSTS) + len(QUEUED))
    assert PostQueue.objects.count() == RecurringSchedule.objects.count() == 1
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
