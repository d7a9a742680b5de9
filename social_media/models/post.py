"""What a person writes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.ids import new_id
from accounts.models import Workspace
from social_media.enums import LatePolicy, PostStatus
from social_media.models.label import Label


class Post(models.Model):
    """Content for one or more accounts. `status` is derived from its targets, stored.

    `scheduled_time` is when its owner wants it out (UTC), None for a draft. An empty
    `late_policy` means the workspace's. `is_template`: the pattern of a recurring
    schedule, a draft for ever, which no list of posts shows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="posts",
        db_index=False,  # the lists' indexes begin with it
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="posts",
    )
    content = models.TextField()
    first_comment = models.TextField(blank=True, default="")
    status = models.CharField(
        max_length=20, choices=PostStatus.choices, default=PostStatus.DRAFT
    )
    scheduled_time = models.DateTimeField(null=True, blank=True)
    late_policy = models.CharField(
        max_length=10, choices=LatePolicy.choices, blank=True, default=""
    )
    late_minutes = models.PositiveIntegerField(null=True, blank=True)
    labels = models.ManyToManyField(Label, related_name="posts", blank=True)
    is_template = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=PostStatus.values), name="post_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=PostStatus.SCHEDULED)
                | Q(scheduled_time__isnull=False),
                name="scheduled_post_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(is_template=False)
                | Q(status=PostStatus.DRAFT, scheduled_time=None),
                name="template_is_a_draft",
            ),
        )
        indexes = (
            # The post list, newest first.
            models.Index(
                fields=("workspace", "-created_at", "-id"), name="post_list_newest"
            ),
            # The post list by time and the calendar.
            models.Index(
                fields=("workspace", "scheduled_time", "id"), name="post_list_by_time"
            ),
            # The post list by last change.
            models.Index(
                fields=("workspace", "updated_at", "id"), name="post_list_updated"
            ),
            # The post list of one status, newest first, and by status.
            models.Index(
                fields=("workspace", "status", "created_at", "id"),
                name="post_list_by_status",
            ),
        )

    def __str__(self) -> str:
        return f"{self.content[:60]} ({self.status})"


class ThreadPart(models.Model):
    """The 2nd, 3rd ... part of a thread; of one target where that has its own text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="thread_parts"
    )
    target = models.ForeignKey(
        "social_media.PostTarget",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="thread_parts",
    )
    position = models.PositiveIntegerField(help_text="1 is the second visible part.")
    content = models.TextField()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("post", "position"),
                condition=Q(target=None),
                name="one_part_per_position",
            ),
            models.UniqueConstraint(
                fields=("target", "position"),
                name="one_part_per_position_of_target",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.content[:60]}"
