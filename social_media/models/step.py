"""What must appear exactly once, and the ledger of tries."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import new_id
from accounts.loaded import loaded
from social_media.enums import AttemptOutcome, StepKind
from social_media.models.target import PostTarget


class PublishSteps(models.QuerySet["PublishStep"]):
    """Queries over steps."""

    def unpublished(self) -> PublishSteps:
        """What does not stand on the network yet, as far as we know."""
        return self.filter(remote_id="")


class PublishStep(models.Model):
    """The post, a thread part or the first comment of one target.

    `payload` is frozen when the row is made, before the first try; `remote_id` is
    written once and a step that has one is never sent again (I3). `abandoned_at`:
    given up without failing the target (a first comment the network refused).
    `repeat_until`: an answer was lost, and the same call may be repeated only as long
    as the network keeps the key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    target = models.ForeignKey(
        PostTarget,
        on_delete=models.CASCADE,
        related_name="steps",
        db_index=False,  # one_step_per_position begins with it
    )
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=StepKind.choices)
    idempotency_key = models.CharField(max_length=64)
    payload = models.JSONField()
    checkpoint = models.JSONField(default=dict)
    remote_id = models.CharField(max_length=500, blank=True, default="")
    remote_url = models.URLField(max_length=1000, blank=True, default="")
    remote_data = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True)
    repeat_until = models.DateTimeField(null=True)

    objects = PublishSteps.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("target", "position"), name="one_step_per_position"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=StepKind.values), name="step_kind_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.position} of {loaded(self, 'target')}"


class PublishAttempts(models.QuerySet["PublishAttempt"]):
    """Queries over the ledger."""

    def open(self) -> PublishAttempts:
        """Started and not answered for: running, or its answer was lost."""
        return self.filter(outcome="")


class PublishAttempt(models.Model):
    """One try of one step: written before the network call, closed after it.

    While `outcome` is empty the network may be working on it, or may have published
    it and the answer was lost; no other try of the step can be opened (I2, I4).
    `give_up_at`: the call can't be running any more (opened + total deadline).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    step = models.ForeignKey(
        PublishStep, on_delete=models.SET_NULL, null=True, related_name="attempts"
    )
    target = models.ForeignKey(
        PostTarget, on_delete=models.CASCADE, related_name="attempts"
    )
    position = models.PositiveIntegerField()
    token = models.UUIDField()
    payload = models.JSONField()
    opened_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=30, choices=AttemptOutcome.choices, blank=True, default=""
    )
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=1000, blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    remote_id = models.CharField(max_length=500, blank=True, default="")

    objects = PublishAttempts.as_manager()

    class Meta:
        ordering = ("opened_at", "id")
        constraints = (
            # I2: at most one open attempt per step.
            models.UniqueConstraint(
                fields=("step",), condition=Q(outcome=""), name="one_open_attempt"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None)
                | Q(outcome__in=AttemptOutcome.values, closed_at__isnull=False),
                name="attempt_closed_with_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} of {loaded(self, 'target')}: {self.outcome or 'open'}"
