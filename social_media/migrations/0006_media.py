"""Pictures and videos, and uploads ahead of a post's time."""

import accounts.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_nouns'),
        ('social_media', '0005_index_of_those_ahead'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MediaFile',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='As it was called when uploaded.', max_length=255)),
                ('alt_text', models.TextField(blank=True, default='')),
                ('focus_x', models.FloatField(blank=True, null=True)),
                ('focus_y', models.FloatField(blank=True, null=True)),
                ('status', models.CharField(choices=[('uploading', 'Waiting for its bytes'), ('processing', 'Being made ready'), ('ready', 'Ready'), ('failed', 'Failed')], max_length=20)),
                ('progress', models.PositiveSmallIntegerField(default=0, help_text='In per cent.')),
                ('error_code', models.CharField(blank=True, default='', max_length=60)),
                ('error_message', models.CharField(blank=True, default='', max_length=1000)),
                ('file', models.CharField(blank=True, default='', max_length=300)),
                ('thumbnail', models.CharField(blank=True, default='', max_length=300)),
                ('upload_sha256', models.CharField(blank=True, default='', max_length=64)),
                ('kind', models.CharField(blank=True, choices=[('image', 'Image'), ('gif', 'Animated image'), ('video', 'Video')], default='', max_length=10)),
                ('content_type', models.CharField(blank=True, default='', max_length=50)),
                ('size', models.PositiveBigIntegerField(default=0, help_text='In bytes.')),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('width', models.PositiveIntegerField(blank=True, null=True)),
                ('height', models.PositiveIntegerField(blank=True, null=True)),
                ('duration', models.FloatField(blank=True, help_text='In seconds.', null=True)),
                ('frame_rate', models.FloatField(blank=True, null=True)),
                ('frames', models.PositiveIntegerField(blank=True, null=True)),
                ('video_codec', models.CharField(blank=True, default='', max_length=30)),
                ('audio_codec', models.CharField(blank=True, default='', max_length=30)),
                ('transparent', models.BooleanField(default=False)),
                ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveIntegerField(default=0, editable=False)),
                ('attempt_token', models.UUIDField(editable=False, null=True)),
                ('lease_expires_at', models.DateTimeField(editable=False, null=True)),
                ('unused_since', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'media file',
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='MediaRendition',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=32)),
                ('recipe', models.JSONField()),
                ('status', models.CharField(choices=[('waiting', 'Waiting to be made'), ('ready', 'Ready'), ('failed', 'Failed')], default='waiting', max_length=20)),
                ('progress', models.PositiveSmallIntegerField(default=0, help_text='In per cent.')),
                ('error_code', models.CharField(blank=True, default='', max_length=60)),
                ('error_message', models.CharField(blank=True, default='', max_length=1000)),
                ('file', models.CharField(blank=True, default='', max_length=300)),
                ('size', models.PositiveBigIntegerField(default=0, help_text='In bytes.')),
                ('facts', models.JSONField(default=dict, help_text='Of what was made; {} until then.')),
                ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveIntegerField(default=0, editable=False)),
                ('attempt_token', models.UUIDField(editable=False, null=True)),
                ('lease_expires_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ('created_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='PostMedia',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('part', models.PositiveIntegerField(help_text='1 is the second visible part.')),
                ('position', models.PositiveIntegerField()),
                ('alt_text', models.TextField(blank=True, null=True)),
            ],
            options={
                'ordering': ('part', 'position'),
            },
        ),
        migrations.AddField(
            model_name='posttarget',
            name='own_media',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='posttarget',
            name='prepare_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='posttarget',
            name='preparing_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='posttarget',
            name='preparing_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='posttarget',
            name='uploads',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='mediafile',
            name='uploaded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='media', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mediafile',
            name='workspace',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='media', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='mediarendition',
            name='original',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='renditions', to='social_media.mediafile'),
        ),
        migrations.AddField(
            model_name='postmedia',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='uses', to='social_media.mediafile'),
        ),
        migrations.AddField(
            model_name='postmedia',
            name='post',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='media', to='social_media.post'),
        ),
        migrations.AddField(
            model_name='postmedia',
            name='target',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='media', to='social_media.posttarget'),
        ),
        migrations.AddIndex(
            model_name='mediafile',
            index=models.Index(fields=['workspace', '-created_at', '-id'], name='media_list_newest'),
        ),
        migrations.AddIndex(
            model_name='mediafile',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='media_to_make'),
        ),
        migrations.AddConstraint(
            model_name='mediafile',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['uploading', 'processing', 'ready', 'failed'])), name='media_status_known'),
        ),
        migrations.AddConstraint(
            model_name='mediafile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['', 'image', 'gif', 'video'])), name='media_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='mediafile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ready'), _negated=True), models.Q(('height__gt', 0), ('size__gt', 0), ('width__gt', 0), models.Q(('file', ''), _negated=True), models.Q(('sha256', ''), _negated=True), models.Q(('kind', ''), _negated=True)), _connector='OR'), name='ready_media_has_facts'),
        ),
        migrations.AddConstraint(
            model_name='mediafile',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('upload_sha256', ''), _negated=True), models.Q(('status', 'failed'), _negated=True)), fields=('workspace', 'upload_sha256'), name='one_file_per_bytes'),
        ),
        migrations.AddIndex(
            model_name='mediarendition',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='rendition_to_make'),
        ),
        migrations.AddConstraint(
            model_name='mediarendition',
            constraint=models.UniqueConstraint(fields=('original', 'key'), name='one_rendition_per_recipe'),
        ),
        migrations.AddConstraint(
            model_name='mediarendition',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'ready', 'failed'])), name='rendition_status_known'),
        ),
        migrations.AddConstraint(
            model_name='mediarendition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ready'), _negated=True), models.Q(('size__gt', 0), models.Q(('file', ''), _negated=True)), _connector='OR'), name='ready_rendition_has_bytes'),
        ),
        migrations.AddConstraint(
            model_name='postmedia',
            constraint=models.UniqueConstraint(condition=models.Q(('target', None)), fields=('post', 'part', 'position'), name='one_place_per_post'),
        ),
        migrations.AddConstraint(
            model_name='postmedia',
            constraint=models.UniqueConstraint(fields=('target', 'part', 'position'), name='one_place_per_target'),
        ),
    ]
