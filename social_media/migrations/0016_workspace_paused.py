"""Whether an account's workspace is paused."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0015_preflight'),
    ]

    operations = [
        migrations.AddField(
            model_name='connectedaccount',
            name='workspace_paused',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
