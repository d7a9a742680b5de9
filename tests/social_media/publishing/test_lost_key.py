"""An account whose secrets no key can read harms nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from social_media.enums import TargetStatus
from social_media.models import PostTarget
from social_media.publishing.takeover import take_over_expired
from tests.factories import ConnectedAccountFactory, PostTargetFactory, now

pytestmark = pytest.mark.django_db


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
