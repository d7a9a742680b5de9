"""Indexes of what is, or is to be, uploaded ahead of its time."""

from django.db import migrations, models

from social_media.migrations._live import AddIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('social_media', '0006_media'),
    ]

    operations = [
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('prepare_at__isnull', False), ('status', 'scheduled')), fields=['prepare_at'], name='target_prepare'),
        ),
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('preparing_until__isnull', False)), fields=['preparing_until'], name='target_uploading'),
        ),
    ]
