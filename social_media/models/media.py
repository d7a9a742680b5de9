"""Pictures and videos: an upload, what networks need of it, its place in a post."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.loaded import loaded
from accounts.models import Workspace
from social_media.enums import (
    MEDIA_TRANSITIONS,
    MediaKind,
    MediaStatus,
    RenditionStatus,
)
from social_media.models.clock import from_now
from social_media.models.post import Post
from social_media.models.target import PostTarget

T = TypeVar("T", bound=models.Model)


class MadeRows(models.QuerySet[T]):
    """Rows that a worker makes something of, taken by a lease."""

    def to_make(self) -> MadeRows[T]:
        """Due by the database's clock, and nobody is at it. Longest due first."""
        free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=Now())
        return self.filter(free, due_at__lte=Now()).order_by("due_at", "pk")

    def take(self, token: uuid.UUID, lease: timedelta) -> int:
        """Lease those that nobody holds and that are due; answers how many."""
        free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=Now())
        return self.filter(free, due_at__lte=Now()).update(
            attempt_token=token,
            lease_expires_at=from_now(lease),
            tries=F("tries") + 1,
        )

    def move(self, status: str, **values: object) -> int:
        """Change the status, with `values`; answers how many rows changed."""
        return self.update(status=status, updated_at=Now(), **values)

    def held_by(self, token: uuid.UUID) -> MadeRows[T]:
        """Those whose lease is still this worker's."""
        return self.filter(attempt_token=token)


class MediaFiles(MadeRows["MediaFile"]):
    """Queries over files, and `move`, which alone changes their status."""

    def move(self, status: str, **values: object) -> int:
        """As MEDIA_TRANSITIONS allows; other rows stay as they are."""
        legal = [old for old, new in MEDIA_TRANSITIONS.items() if status in new]
        return super(MediaFiles, self.filter(status__in=legal)).move(status, **values)

    def unused(self) -> MediaFiles:
        """Those that no post shows."""
        return self.filter(uses__isnull=True)


class MediaFile(models.Model):
    """One upload of a workspace, used by any number of posts.

    Until `due_at` is None it waits to be made ready, or is being made ready by the
    worker that `attempt_token` names, until `lease_expires_at`. Facts (`kind` to
    `transparent`) are measured from the bytes; see platforms.media.Facts.
    `upload_sha256` is of the bytes as they were sent here, `sha256` of those stored;
    `file` and `thumbnail` are names in the storage (social_media/media/store.py).
    `tries`: how many workers took it; `failures`: how many of them said it failed.
    `unused_since`: when clean-up first saw that no post uses it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="media",
        db_index=False,  # the lists' indexes begin with it
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="media",
    )
    name = models.CharField(max_length=255, help_text="As it was called when uploaded.")
    alt_text = models.TextField(blank=True, default="")
    focus_x = models.FloatField(null=True, blank=True)
    focus_y = models.FloatField(null=True, blank=True)

    status = models.CharField(max_length=20, choices=MediaStatus.choices)
    progress = models.PositiveSmallIntegerField(default=0, help_text="In per cent.")
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=1000, blank=True, default="")

    file = models.CharField(max_length=300, blank=True, default="")
    thumbnail = models.CharField(max_length=300, blank=True, default="")
    upload_sha256 = models.CharField(max_length=64, blank=True, default="")
    kind = models.CharField(
        max_length=10, choices=MediaKind.choices, blank=True, default=""
    )
    content_type = models.CharField(max_length=50, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True, help_text="In seconds.")
    frame_rate = models.FloatField(null=True, blank=True)
    frames = models.PositiveIntegerField(null=True, blank=True)
    video_codec = models.CharField(max_length=30, blank=True, default="")
    audio_codec = models.CharField(max_length=30, blank=True, default="")
    transparent = models.BooleanField(default=False)

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    attempt_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    unused_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MediaFiles.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "media file"
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=MediaStatus.values), name="media_status_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["", *MediaKind.values]), name="media_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=MediaStatus.READY)
                | Q(width__gt=0, height__gt=0, size__gt=0)
                & ~Q(file="")
                & ~Q(sha256="")
                & ~Q(kind=""),
                name="ready_media_has_facts",
            ),
            # The same bytes are stored once.
            models.UniqueConstraint(
                fields=("workspace", "upload_sha256"),
                condition=~Q(upload_sha256="") & ~Q(status=MediaStatus.FAILED),
                name="one_file_per_bytes",
            ),
        )
        indexes = (
            # The media list, newest first.
            models.Index(
                fields=("workspace", "-created_at", "-id"), name="media_list_newest"
            ),
            # The scan for files to make ready.
            models.Index(
                fields=("due_at",),
                name="media_to_make",
                condition=Q(due_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name


class MediaRendition(models.Model):
    """What one recipe makes of a file (platforms.media.Recipe; `key` is its key).

    Waits, is leased and is made like a file. Networks that need the same share it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    original = models.ForeignKey(
        MediaFile,
        on_delete=models.CASCADE,
        related_name="renditions",
        db_index=False,  # one_rendition_per_recipe begins with it
    )
    key = models.CharField(max_length=32)
    recipe = models.JSONField()
    status = models.CharField(
        max_length=20, choices=RenditionStatus.choices, default=RenditionStatus.WAITING
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="In per cent.")
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=1000, blank=True, default="")
    file = models.CharField(max_length=300, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0, help_text="In bytes.")
    facts = models.JSONField(default=dict, help_text="Of what was made; {} until then.")

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    attempt_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MadeRows["MediaRendition"].as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("original", "key"), name="one_rendition_per_recipe"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RenditionStatus.values),
                name="rendition_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status=RenditionStatus.READY)
                | Q(size__gt=0) & ~Q(file=""),
                name="ready_rendition_has_bytes",
            ),
        )
        indexes = (
            # The scan for renditions to make.
            models.Index(
                fields=("due_at",),
                name="rendition_to_make",
                condition=Q(due_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.recipe.get('content_type')} of {loaded(self, 'original')}"


class UploadAddress(models.Model):
    """Where a client may send `size` bytes to the storage itself, until `void_at`.

    It outlives its file: bytes can be sent again after that is ready, or deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="upload_addresses"
    )
    name = models.CharField(max_length=300, help_text="In the storage.")
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    void_at = models.DateTimeField()

    class Meta:
        ordering = ("void_at", "id")
        verbose_name_plural = "upload addresses"

    def __str__(self) -> str:
        return self.name


class PostMedia(models.Model):
    """A file's place in a post: of part 0, the post itself, or of a thread part.

    `target`: only on that account, where it has media of its own. `alt_text` None: the
    file's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(
        Post,
        on_delete=models.CASCADE,
        related_name="media",
        db_index=False,  # one_place_per_post begins with it
    )
    target = models.ForeignKey(
        PostTarget,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="media",
    )
    part = models.PositiveIntegerField(help_text="1 is the second visible part.")
    position = models.PositiveIntegerField()
    file = models.ForeignKey(MediaFile, on_delete=models.RESTRICT, related_name="uses")
    alt_text = models.TextField(null=True, blank=True)

    class Meta:
        ordering = ("part", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("post", "part", "position"),
                condition=Q(target=None),
                name="one_place_per_post",
            ),
            models.UniqueConstraint(
                fields=("target", "part", "position"), name="one_place_per_target"
            ),
        )

    def __str__(self) -> str:
        return f"{loaded(self, 'file')} in part {self.part}"
