"""Places of posts in queues."""

import accounts.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0011_queues'),
    ]

    operations = [
        migrations.CreateModel(
            name='QueuedPost',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField()),
                ('slot_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ('position', 'id'),
            },
        ),
        migrations.AddField(
            model_name='queuedpost',
            name='post',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='queued', to='social_media.post'),
        ),
        migrations.AddField(
            model_name='queuedpost',
            name='queue',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='social_media.postqueue'),
        ),
        migrations.AddIndex(
            model_name='queuedpost',
            index=models.Index(fields=['queue', 'position', 'id'], name='queue_order'),
        ),
        migrations.AddIndex(
            model_name='queuedpost',
            index=models.Index(condition=models.Q(('slot_at__isnull', False)), fields=['slot_at'], name='queue_slots'),
        ),
        migrations.AddConstraint(
            model_name='queuedpost',
            constraint=models.UniqueConstraint(fields=('queue', 'slot_at'), name='one_post_per_slot'),
        ),
    ]
