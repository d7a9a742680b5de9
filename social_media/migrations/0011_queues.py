"""Queues and their accounts."""

import accounts.ids
import accounts.zones
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0010_labels'),
    ]

    operations = [
        migrations.CreateModel(
            name='PostQueue',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('timezone', models.CharField(max_length=64, validators=[accounts.zones.validate_zone])),
                ('slots', models.JSONField(default=dict)),
                ('evergreen', models.BooleanField(default=False)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ('name', 'id'),
            },
        ),
        migrations.AddField(
            model_name='postqueue',
            name='accounts',
            field=models.ManyToManyField(related_name='queues', to='social_media.connectedaccount'),
        ),
        migrations.AddField(
            model_name='postqueue',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='queues', to='accounts.workspace'),
        ),
        migrations.AddConstraint(
            model_name='postqueue',
            constraint=models.UniqueConstraint(fields=('workspace', 'name'), name='one_queue_per_name'),
        ),
    ]
