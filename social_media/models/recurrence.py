"""Posts that come again: a rule, and what became of each of its occurrences."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.loaded import loaded
from accounts.models import Workspace
from accounts.zones import validate_zone
from social_media.enums import OccurrenceStatus, RecurrenceStatus
from social_media.models.post import Post


class RecurringSchedules(models.QuerySet["RecurringSchedule"]):
    """Queries over recurring schedules."""

    def due(self) -> RecurringSchedules:
        """With occurrences to make now, by the database's clock; longest due first."""
        return self.filter(status=RecurrenceStatus.ACTIVE, make_at__lte=Now()).order_by(
            "make_at", "pk"
        )


class RecurringSchedule(models.Model):
    """A rule whose occurrences are posts like `template`.

    Exactly one of `rule` (RFC 5545, without COUNT and UNTIL, which have columns of
    their own) and `cron` (five fields) is set. `starts_at` and `excluded` are local
    times without an offset in `timezone`, ISO 8601 to the second, for the rule
    counts in them; `until` is UTC. `count` counts excluded ones too. `make_at`: when
    the next occurrence comes within the horizon, None when there is nothing to make.
    `passed`: so many occurrences lie in the past, the last of them at `passed_local`
    (as `starts_at`); what follows is enumerated from there. Only a person's changes
    touch `updated_at`.

    Whoever makes or changes occurrences locks this row first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="recurring_schedules"
    )
    name = models.CharField(max_length=120)
    template = models.OneToOneField(
        Post, on_delete=models.RESTRICT, related_name="recurrence"
    )
    rule = models.TextField(blank=True, default="")
    cron = models.CharField(max_length=200, blank=True, default="")
    timezone = models.CharField(max_length=64, validators=[validate_zone])
    starts_at = models.CharField(max_length=19)
    until = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    excluded = models.JSONField(default=list)
    status = models.CharField(
        max_length=10,
        choices=RecurrenceStatus.choices,
        default=RecurrenceStatus.ACTIVE,
    )
    make_at = models.DateTimeField(null=True, blank=True, editable=False)
    passed = models.PositiveIntegerField(default=0, editable=False)
    passed_local = models.CharField(
        max_length=19, blank=True, default="", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RecurringSchedules.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=RecurrenceStatus.values),
                name="recurrence_status_known",
            ),
            models.CheckConstraint(
                condition=(~Q(rule="") & Q(cron="")) | (Q(rule="") & ~Q(cron="")),
                name="recurrence_has_one_rule",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(count=None),
                name="recurrence_ends_in_one_way",
            ),
        )
        indexes = (
            # The sweep for occurrences to make.
            models.Index(
                fields=("make_at",),
                name="recurrence_to_make",
                condition=Q(make_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Occurrence(models.Model):
    """What became of one occurrence of a schedule.

    `occurs_at` (UTC) is what the rule says, whatever time its post was given since;
    with its schedule it is made once. `post` is None for what was skipped, failed or
    deleted. `number` counts from 1, excluded ones too. `edited`: a person changed its
    post, so a new template leaves it as it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schedule = models.ForeignKey(
        RecurringSchedule,
        on_delete=models.CASCADE,
        related_name="occurrences",
        db_index=False,  # one_row_per_occurrence begins with it
    )
    occurs_at = models.DateTimeField()
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=OccurrenceStatus.choices)
    post = models.OneToOneField(
        Post, on_delete=models.SET_NULL, null=True, related_name="occurrence"
    )
    edited = models.BooleanField(default=False)
    message = models.CharField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("occurs_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("schedule", "occurs_at"), name="one_row_per_occurrence"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OccurrenceStatus.values),
                name="occurrence_status_known",
            ),
        )

    def __str__(self) -> str:
        return f"{loaded(self, 'schedule')} {self.number}: {self.status}"
