"""Which queued targets go ahead of the crowd."""

from django.db import migrations, models

from social_media.migrations._live import AddIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('social_media', '0003_vacuum_often'),
    ]

    operations = [
        migrations.AddField(
            model_name='posttarget',
            name='ahead',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        AddIndexLive(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('ahead', True), ('status', 'queued')), fields=['queued_at'], name='target_ahead'),
        ),
    ]
