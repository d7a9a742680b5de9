"""Indexes for lists and scans of millions of rows; fewer that nothing needs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from social_media.migrations._live import AddIndexLive
from social_media.migrations._live import DropForeignKeyIndexLive
from social_media.migrations._live import RemoveIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0001_nouns'),
        ('social_media', '0001_nouns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexLive(
            model_name='activitylog',
            index=models.Index(fields=['workspace', 'action', 'created_at', 'id'], name='activity_by_action'),
        ),
        AddIndexLive(
            model_name='connectedaccount',
            index=models.Index(condition=models.Q(('blocked_until__isnull', False), models.Q(('status', 'active'), _negated=True), _connector='OR'), fields=['id'], name='account_held'),
        ),
        AddIndexLive(
            model_name='post',
            index=models.Index(fields=['workspace', 'updated_at', 'id'], name='post_list_updated'),
        ),
        AddIndexLive(
            model_name='post',
            index=models.Index(fields=['workspace', 'status', 'created_at', 'id'], name='post_list_by_status'),
        ),
        RemoveIndexLive(
            model_name='post',
            name='post_list_status',
        ),
        DropForeignKeyIndexLive(
            model_name='activitylog',
            name='workspace',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='activity', to='accounts.workspace'),
        ),
        DropForeignKeyIndexLive(
            model_name='post',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='accounts.workspace'),
        ),
        DropForeignKeyIndexLive(
            model_name='posttarget',
            name='post',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='social_media.post'),
        ),
        DropForeignKeyIndexLive(
            model_name='publishstep',
            name='target',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='social_media.posttarget'),
        ),
    ]
