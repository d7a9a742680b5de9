"""An account whose secrets no key can read harms nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from social_media.enums import TargetStatus
from social_media.models import PostTarget
from social_media.publishing.takeover import take_over_expired
from tests.factories import ConnectedAccountFactory, PostTargetFactory, now
from tests.social_media.publishing.conftest import due, let_time_pass, tick

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unreadable(settings):
    """An account that was connected under a key which is gone."""
    kept = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    account = ConnectedAccountFactory()
    settings.FIELD_ENCRYPTION_KEYS = kept
    return account


def test_the_sweep_of_dead_workers_goes_on(unreadable):
    gone = now() - timedelta(minutes=1)
    for account in (unreadable, ConnectedAccountFactory()):
        PostTargetFactory(
            account=account, status=TargetStatus.POSTING, lease_expires_at=gone
        )
        gone += timedelta(seconds=1)
    assert take_over_expired() == 2
    statuses = PostTarget.objects.values_list("status", flat=True)
    assert list(statuses) == [TargetStatus.SCHEDULED] * 2


def test_its_posts_wait_without_losing_a_try_and_say_why(
    simulator, connected, settings
):
    account = connected()
    target = due(account)
    kept = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    tick()
    target = PostTarget.objects.get(pk=target.pk)
    assert (target.status, target.tries, target.error_code) == (
        TargetStatus.SCHEDULED,
        0,
        "secret_unreadable",
    )
    assert "FIELD_ENCRYPTION_KEYS" in target.error_message
    settings.FIELD_ENCRYPTION_KEYS = kept
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
