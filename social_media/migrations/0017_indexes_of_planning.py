"""Indexes and a check of big tables, for what planning brought."""

import django.db.models.deletion
from django.db import migrations, models

from social_media.migrations._live import AddCheckLive
from social_media.migrations._live import AddIndexLive
from social_media.migrations._live import DropForeignKeyIndexLive
from social_media.migrations._live import RemoveIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('social_media', '0016_workspace_paused'),
    ]

    operations = [
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('preflight_at__isnull', False), ('status', 'scheduled')), fields=['preflight_at'], name='target_preflight'),
        ),
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(fields=['account', 'due_at'], name='target_of_account'),
        ),
        AddIndexLive(
            model_name='connectedaccount',
            index=models.Index(condition=models.Q(('blocked_until__isnull', False), models.Q(('status', 'active'), _negated=True), ('workspace_paused', True), _connector='OR'), fields=['id'], name='account_held_back'),
        ),
        RemoveIndexLive(
            model_name='connectedaccount',
            name='account_held',
        ),
        DropForeignKeyIndexLive(
            model_name='posttarget',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='social_media.connectedaccount'),
        ),
        AddCheckLive(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(('is_template', False), models.Q(('scheduled_time', None), ('status', 'draft')), _connector='OR'), name='template_is_a_draft'),
        ),
    ]
