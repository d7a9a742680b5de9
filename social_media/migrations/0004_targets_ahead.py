"""Which queued targets go ahead of the crowd."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0003_vacuum_often'),
    ]

    operations = [
        migrations.AddField(
            model_name='posttarget',
            name='ahead',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
