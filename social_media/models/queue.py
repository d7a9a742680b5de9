"""Queues: weekly slots, and posts that wait for them in order."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.loaded import loaded
from accounts.models import Workspace
from accounts.zones import validate_zone
from social_media.models.account import ConnectedAccount
from social_media.models.post import Post


class PostQueue(models.Model):
    """A named queue of a workspace.

    `slots` are local times in `timezone` by weekday, {"monday": ["09:00", "15:00"]},
    in order and without repetition. `accounts` are those of a post that names none.
    `paused_at`: since when its posts wait without times. `evergreen`: what is posted
    comes back to the end, as a copy. Whoever moves its posts locks this row first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="queues",
        db_index=False,  # one_queue_per_name begins with it
    )
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, validators=[validate_zone])
    slots = models.JSONField(default=dict)
    accounts = models.ManyToManyField(ConnectedAccount, related_name="queues")
    evergreen = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "name"), name="one_queue_per_name"
            ),
        )

    def __str__(self) -> str:
        return self.name


class QueuedPosts(models.QuerySet["QueuedPost"]):
    """Queries over the posts of queues."""

    def waiting(self) -> QueuedPosts:
        """Whose slot has not come yet, in their order; the others are on their way."""
        ahead = Q(slot_at=None) | Q(slot_at__gt=Now())
        return self.filter(ahead).order_by("position", "pk")

    def left(self) -> QueuedPosts:
        """Whose slot has come: published, on their way, or held up."""
        return self.filter(slot_at__lte=Now())


class QueuedPost(models.Model):
    """A post's place in a queue. `slot_at` (UTC) is the slot it got, None without one.

    A smaller `position` goes out first; equal ones by id. The post's own time is the
    slot's; whoever gives it another takes it out of the queue.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    queue = models.ForeignKey(
        PostQueue,
        on_delete=models.CASCADE,
        related_name="entries",
        db_index=False,  # queue_order begins with it
    )
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="queued")
    position = models.BigIntegerField()
    slot_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QueuedPosts.as_manager()

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("queue", "slot_at"), name="one_post_per_slot"
            ),
        )
        indexes = (
            # A queue's posts in order.
            models.Index(fields=("queue", "position", "id"), name="queue_order"),
            # The sweep: what has left its queue.
            models.Index(
                fields=("slot_at",),
                name="queue_slots",
                condition=Q(slot_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{loaded(self, 'post')} in {loaded(self, 'queue')}"
