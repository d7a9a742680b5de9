"""Which API key a calendar feed was made with: it ends with that key."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_workspace_pause'),
        ('social_media', '0011_indexes_of_planning'),
    ]

    operations = [
        migrations.AddField(
            model_name='calendarfeed',
            name='api_key',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to='accounts.apikey'),
        ),
    ]
