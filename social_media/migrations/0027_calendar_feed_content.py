"""When the content of a calendar feed changed last."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0022_recurrence_passed'),
    ]

    operations = [
        migrations.AddField(
            model_name='calendarfeed',
            name='changed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='content_hash',
            field=models.CharField(blank=True, default='', editable=False, max_length=64),
        ),
    ]
