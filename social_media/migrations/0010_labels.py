"""Labels of posts, and patterns of recurring ones.

One table that everybody writes to in each of these migrations: one that locked two of
them could meet a worker that locks them in another order.
"""

import accounts.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_workspace_pause'),
        ('social_media', '0009_upload_addresses'),
    ]

    operations = [
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('key', models.CharField(editable=False, max_length=180)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ('name', 'id'),
            },
        ),
        migrations.AddField(
            model_name='post',
            name='is_template',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='label',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='post',
            name='labels',
            field=models.ManyToManyField(blank=True, related_name='posts', to='social_media.label'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(fields=('workspace', 'key'), name='one_label_per_name'),
        ),
    ]
