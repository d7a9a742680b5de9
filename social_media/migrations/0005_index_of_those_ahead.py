"""An index of what goes ahead of the crowd."""

from django.db import migrations, models

from social_media.migrations._live import AddIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('social_media', '0004_targets_ahead'),
    ]

    operations = [
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('ahead', True), ('status', 'queued')), fields=['queued_at'], name='target_ahead'),
        ),
    ]
