"""Labels of posts, made when they are first used."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from social_media.models import Label, Post
from social_media.models.label import key_of


def write_labels(post: Post, names: Sequence[str]) -> None:
    """The post carries exactly these. Part of the caller's transaction."""
    post.labels.set(labels_of(post.workspace_id, names))


def labels_of(workspace_id: uuid.UUID, names: Iterable[str]) -> list[Label]:
    """The workspace's labels of these names; those that it lacks are made.

    Names that differ by capitals only are one label, under its first spelling.
    """
    wanted = {key_of(name): name for name in reversed(list(names))}
    if not wanted:
        return []
    known = _known(workspace_id, wanted)
    fresh = [
        Label(workspace_id=workspace_id, name=name, key=key)
        for key, name in sorted(wanted.items())
        if key not in known
    ]
    if not fresh:
        return list(known.values())
    # Another request may make the same one in this moment.
    Label.objects.bulk_create(fresh, ignore_conflicts=True)
    return list(_known(workspace_id, wanted).values())


def _known(workspace_id: uuid.UUID, keys: Iterable[str]) -> dict[str, Label]:
    rows = Label.objects.filter(workspace_id=workspace_id, key__in=set(keys))
    return {row.key: row for row in rows}
