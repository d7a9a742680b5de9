"""When a target is checked ahead of its time."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0014_calendar_feeds'),
    ]

    operations = [
        migrations.AddField(
            model_name='posttarget',
            name='preflight_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
