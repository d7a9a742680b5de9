"""One post on one account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import new_id
from accounts.loaded import loaded
from social_media.enums import IN_FLIGHT, TargetStatus
from social_media.models.account import ConnectedAccount
from social_media.models.post import Post
from social_media.models.target_queries import PostTargets


class PostTarget(models.Model):
    """One post on one account.

    `due_at` is the one due column: when something is to happen next, a first try, a
    retry or a look-up. `queued_at` is when its bell was rung, until that is answered.
    `attempt_token` names the worker that acts on the row until `lease_expires_at`.
    `content` None means the post's own text and thread. `prepare_at`: when something is
    to be uploaded ahead of `due_at`, None when there is nothing (left) to do.
    `preflight_at`: when it is checked once more ahead of `due_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(
        Post,
        on_delete=models.CASCADE,
        related_name="targets",
        db_index=False,  # one_target_per_post_and_account begins with it
    )
    account = models.ForeignKey(
        ConnectedAccount,
        on_delete=models.CASCADE,
        related_name="targets",
        db_index=False,  # target_of_account begins with it
    )
    content = models.TextField(null=True, blank=True)
    first_comment = models.TextField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    # Its part 0 has media of its own, maybe none; else those of the post.
    own_media = models.BooleanField(default=False, db_default=False)

    status = models.CharField(
        max_length=20, choices=TargetStatus.choices, default=TargetStatus.DRAFT
    )
    due_at = models.DateTimeField(null=True, blank=True)
    late_after = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0)

    queued_at = models.DateTimeField(null=True, editable=False)
    # Queued as one of its workspace's first: comes before what an account has next.
    ahead = models.BooleanField(default=False, db_default=False, editable=False)
    attempt_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    # Uploads ahead of the due time: when next, by whom, until when they hold it.
    prepare_at = models.DateTimeField(null=True, editable=False)
    preparing_token = models.UUIDField(null=True, editable=False)
    preparing_until = models.DateTimeField(null=True, editable=False)
    # Handles of uploads whose steps were thrown away, by part: not uploaded again.
    uploads = models.JSONField(null=True, editable=False)
    preflight_at = models.DateTimeField(null=True, editable=False)
    unknown_since = models.DateTimeField(null=True, editable=False)

    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=1000, blank=True, default="")
    posted_at = models.DateTimeField(null=True, blank=True)
    remote_url = models.URLField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PostTargets.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("post", "account"), name="one_target_per_post_and_account"
            ),
            # I1: posts of one account leave one at a time.
            models.UniqueConstraint(
                fields=("account",),
                condition=Q(status__in=sorted(IN_FLIGHT)),
                name="one_in_flight_per_account",
            ),
            models.CheckConstraint(
                condition=Q(status__in=TargetStatus.values), name="target_status_known"
            ),
            # Without these times no scan and no sweep would ever find the row again.
            models.CheckConstraint(
                condition=~Q(
                    status__in=[
                        TargetStatus.SCHEDULED,
                        TargetStatus.QUEUED,
                        TargetStatus.RECONCILING,
                    ]
                )
                | Q(due_at__isnull=False),
                name="waiting_target_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(status=TargetStatus.QUEUED) | Q(queued_at__isnull=False),
                name="queued_target_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=TargetStatus.POSTING)
                | Q(attempt_token__isnull=False, lease_expires_at__isnull=False),
                name="posting_target_has_a_lease",
            ),
        )
        indexes = (
            # The scan: accounts with due work.
            models.Index(
                fields=("due_at", "account", "id"),
                name="target_scan",
                condition=Q(status=TargetStatus.SCHEDULED),
            ),
            # The scan and the chain: an account's first due target.
            models.Index(
                fields=("account", "due_at", "id"),
                name="target_first_due",
                condition=Q(status=TargetStatus.SCHEDULED),
            ),
            # The sweep of dead workers.
            models.Index(
                fields=("lease_expires_at",),
                name="target_lease",
                condition=Q(status=TargetStatus.POSTING),
            ),
            # The sweep of lost bells.
            models.Index(
                fields=("queued_at",),
                name="target_stale",
                condition=Q(status=TargetStatus.QUEUED),
            ),
            # The chain: what goes ahead of the crowd.
            models.Index(
                fields=("queued_at",),
                name="target_ahead",
                condition=Q(status=TargetStatus.QUEUED, ahead=True),
            ),
            # The scan for uploads ahead of time.
            models.Index(
                fields=("prepare_at",),
                name="target_prepare",
                condition=Q(status=TargetStatus.SCHEDULED, prepare_at__isnull=False),
            ),
            # The scan for checks ahead of time.
            models.Index(
                fields=("preflight_at",),
                name="target_preflight",
                condition=Q(status=TargetStatus.SCHEDULED, preflight_at__isnull=False),
            ),
            # What else an account gets around a time: the same text twice.
            models.Index(fields=("account", "due_at"), name="target_of_account"),
            # How many uploads ahead of time go on.
            models.Index(
                fields=("preparing_until",),
                name="target_uploading",
                condition=Q(preparing_until__isnull=False),
            ),
            # The scan for look-ups.
            models.Index(
                fields=("due_at",),
                name="target_reconcile",
                condition=Q(status=TargetStatus.RECONCILING),
            ),
            # What waits for a person: /metrics and the admin's figures.
            models.Index(
                fields=("account",),
                name="target_unconfirmed",
                condition=Q(status=TargetStatus.UNCONFIRMED),
            ),
            # The admin's figures of the last hour and day.
            models.Index(
                fields=("posted_at",),
                name="target_posted",
                condition=Q(status=TargetStatus.POSTED),
            ),
            models.Index(
                fields=("updated_at",),
                name="target_failed",
                condition=Q(status=TargetStatus.FAILED),
            ),
        )

    def __str__(self) -> str:
        return f"{loaded(self, 'post')} on {loaded(self, 'account')}: {self.status}"
