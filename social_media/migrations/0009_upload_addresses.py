"""Addresses of direct uploads, which count until they are void."""

import accounts.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_nouns'),
        ('social_media', '0008_failures_apart_from_tries'),
    ]

    operations = [
        migrations.CreateModel(
            name='UploadAddress',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='In the storage.', max_length=300)),
                ('size', models.PositiveBigIntegerField(help_text='In bytes.')),
                ('void_at', models.DateTimeField()),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='upload_addresses', to='accounts.workspace')),
            ],
            options={
                'verbose_name_plural': 'upload addresses',
                'ordering': ('void_at', 'id'),
            },
        ),
    ]
