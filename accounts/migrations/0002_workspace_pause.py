"""Since when nothing leaves a workspace."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_nouns'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='paused_at',
            field=models.DateTimeField(blank=True, help_text='Since when nothing leaves it.', null=True),
        ),
    ]
