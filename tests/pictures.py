"""Files that are ready, and posts that show them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.core.files.base import ContentFile

from social_media.enums import MediaKind, MediaStatus
from social_media.media.store import media_storage, name_for
from social_media.models import MediaFile, PostMedia, PostTarget
from social_media.models.clock import database_now
from tests.media_samples import gif, jpeg, mp4, webm


def picture(workspace, *, number=0, alt_text="", **fields):
    """A stored JPEG that every network takes as it is; `number` for different ones."""
    width = 320 + 2 * number
    data = jpeg(width, 240)
    facts = {"kind": MediaKind.IMAGE, "content_type": "image/jpeg"}
    size = {"width": width, "height": 240}
    return stored(workspace, data, alt_text=alt_text, **facts, **size, **fields)


def animation(workspace, **fields):
    """A stored GIF."""
    data = gif()
    facts = {"kind": MediaKind.GIF, "content_type": "image/gif", "frames": 5}
    size = {"width": 160, "height": 120, "duration": 0.5, "frame_rate": 10.0}
    return stored(workspace, data, **facts, **size, **fields)


def film(workspace, **fields):
    """A stored video that no network takes as it is."""
    data = webm(seconds=0.5, width=64, height=64, audio=False)
    facts = {"kind": MediaKind.VIDEO, "content_type": "video/webm"}
    size = {"width": 64, "height": 64, "duration": 0.5, "frame_rate": 25.0}
    return stored(workspace, data, video_codec="vp8", **facts, **size, **fields)


def clip(workspace, **fields):
    """A stored video that every network takes as it is."""
    data = mp4(seconds=1, width=320, height=240)
    codecs = {"video_codec": "h264", "audio_codec": "aac"}
    facts = {"kind": MediaKind.VIDEO, "content_type": "video/mp4", **codecs}
    size = {"width": 320, "height": 240, "duration": 1.0, "frame_rate": 25.0}
    return stored(workspace, data, **facts, **size, **fields)


def stored(workspace, data, **fields):
    """A ready file of the workspace with these bytes."""
    digest = hashlib.sha256(data).hexdigest()
    file = MediaFile(
        workspace=workspace,
        name="sample",
        status=MediaStatus.READY,
        upload_sha256=digest,
        sha256=digest,
        size=len(data),
        progress=100,
        **fields,
    )
    file.file = name_for("originals", file.pk, file.content_type)
    media_storage().save(file.file, ContentFile(data))
    file.save()
    return file


def show(post, *files, part=0, target=None):
    """Let `post` show these files in one of its parts."""
    for position, file in enumerate(files):
        PostMedia.objects.create(
            post=post, target=target, part=part, position=position, file=file
        )


def later(target, *, minutes=5):
    """As if the target were scheduled so far ahead: its uploads may begin."""
    moment = database_now() + timedelta(minutes=minutes)
    PostTarget.objects.filter(pk=target.pk).update(
        due_at=moment, prepare_at=moment - timedelta(minutes=10)
    )
    target.post.scheduled_time = moment
    target.post.save(update_fields=["scheduled_time"])


def bring_due(target):
    """As if its time had come."""
    past = database_now() - timedelta(seconds=1)
    PostTarget.objects.filter(pk=target.pk).update(due_at=past)
