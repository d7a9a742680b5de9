"""What was scheduled before there were checks ahead of time gets the last of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Now

AT_ONCE = 1000
HOUR = timedelta(hours=1)


def set_checks(apps: Any, editor: Any) -> None:
    """An hour before the time, in short statements."""
    targets = apps.get_model("social_media", "PostTarget").objects.filter(
        status="scheduled", preflight_at=None, due_at__gt=Now() + HOUR
    )
    while found := list(targets.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        targets.filter(pk__in=found).update(preflight_at=F("due_at") - HOUR)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('social_media', '0017_indexes_of_planning'),
    ]

    operations = [
        migrations.RunPython(set_checks, migrations.RunPython.noop),
    ]
