"""Recurring schedules and their occurrences."""

import accounts.ids
import accounts.zones
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0012_queued_posts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('occurs_at', models.DateTimeField()),
                ('number', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('made', 'Its post was made'), ('skipped', 'Skipped by a person'), ('failed', 'Its post could not be made'), ('missed', 'Its time passed before it could be made')], max_length=10)),
                ('edited', models.BooleanField(default=False)),
                ('message', models.CharField(blank=True, default='', max_length=1000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ('occurs_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='RecurringSchedule',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('rule', models.TextField(blank=True, default='')),
                ('cron', models.CharField(blank=True, default='', max_length=200)),
                ('timezone', models.CharField(max_length=64, validators=[accounts.zones.validate_zone])),
                ('starts_at', models.CharField(max_length=19)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('count', models.PositiveIntegerField(blank=True, null=True)),
                ('excluded', models.JSONField(default=list)),
                ('status', models.CharField(choices=[('active', 'Active'), ('stopped', 'Stopped'), ('ended', 'Ended: its last occurrence has passed')], default='active', max_length=10)),
                ('make_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('passed', models.PositiveIntegerField(default=0, editable=False)),
                ('passed_local', models.CharField(blank=True, default='', editable=False, max_length=19)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.AddField(
            model_name='occurrence',
            name='post',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='occurrence', to='social_media.post'),
        ),
        migrations.AddField(
            model_name='recurringschedule',
            name='template',
            field=models.OneToOneField(on_delete=django.db.models.deletion.RESTRICT, related_name='recurrence', to='social_media.post'),
        ),
        migrations.AddField(
            model_name='recurringschedule',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recurring_schedules', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='occurrence',
            name='schedule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='occurrences', to='social_media.recurringschedule'),
        ),
        migrations.AddIndex(
            model_name='recurringschedule',
            index=models.Index(condition=models.Q(('make_at__isnull', False)), fields=['make_at'], name='recurrence_to_make'),
        ),
        migrations.AddConstraint(
            model_name='recurringschedule',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'stopped', 'ended'])), name='recurrence_status_known'),
        ),
        migrations.AddConstraint(
            model_name='recurringschedule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('rule', ''), _negated=True), ('cron', '')), models.Q(('rule', ''), models.Q(('cron', ''), _negated=True)), _connector='OR'), name='recurrence_has_one_rule'),
        ),
        migrations.AddConstraint(
            model_name='recurringschedule',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('count', None), _connector='OR'), name='recurrence_ends_in_one_way'),
        ),
        migrations.AddConstraint(
            model_name='occurrence',
            constraint=models.UniqueConstraint(fields=('schedule', 'occurs_at'), name='one_row_per_occurrence'),
        ),
        migrations.AddConstraint(
            model_name='occurrence',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['made', 'skipped', 'failed', 'missed'])), name='occurrence_status_known'),
        ),
    ]
