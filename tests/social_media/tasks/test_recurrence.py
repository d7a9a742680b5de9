"""The bell of recurring posts."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.tasks.recurrence import make_recurring
from tests.factories import WorkspaceFactory
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db


def test_it_makes_what_is_due():
    daily(WorkspaceFactory(), count=1)
    Occurrence.objects.all().delete()
    Post.objects.filter(is_template=False).delete()
    RecurringSchedule.objects.update(status="active", make_at=Now())
    make_recurring()
    assert Post.objects.filter(is_template=False, status="scheduled").count() == 1
