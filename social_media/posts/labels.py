"""Labels of posts, made when they are first used."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db import IntegrityError, connection, transaction

from accounts.models import ApiKey, User
from social_media.enums import ActivityAction
from social_media.models import ActivityLog, Label, Post
from social_media.models.label import key_of
from social_media.posts.errors import Conflict, LabelGone


def write_labels(post: Post, names: Sequence[str]) -> None:
    """The post carries exactly these. Part of the caller's transaction."""
    post.labels.set(labels_of(post.workspace_id, names))


def labels_of(workspace_id: uuid.UUID, names: Iterable[str]) -> list[Label]:
    """The workspace's labels of these names; those that it lacks are made.

    Names that differ by capitals only are one label, under its first spelling. Nobody
    deletes them until the transaction ends.
    """
    wanted = {key_of(name): name for name in reversed(list(names))}
    if not wanted:
        return []
    known = _held(workspace_id, wanted)
    fresh = [
        Label(workspace_id=workspace_id, name=name, key=key)
        for key, name in sorted(wanted.items())
        if key not in known
    ]
    if not fresh:
        return list(known.values())
    # Another request may make the same one in this moment.
    Label.objects.bulk_create(fresh, ignore_conflicts=True)
    return list(_held(workspace_id, wanted).values())


@transaction.atomic
def rename_label(
    label: Label, *, name: str, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Give it another name, on all its posts. Brings `label` up to date.

    Raises Conflict if another label of the workspace has that name, LabelGone.
    """
    row = _locked(label)
    if row.name == name:
        return
    before, row.name, row.key = row.name, name, key_of(name)
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "key"])
    except IntegrityError as error:
        words = (
            "There is a label of this name already. Choose another name, or put that "
            "label on the posts and delete this one."
        )
        raise Conflict(words, code="name_taken") from error
    label.name, label.key = row.name, row.key
    details = {"from": before, "to": name}
    _record(ActivityAction.LABEL_RENAMED, row, user, api_key, details)


@transaction.atomic
def delete_label(
    label: Label, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Take it off all its posts, for good; the posts stay as they are.

    Raises LabelGone.
    """
    row = _locked(label)
    details = {"name": row.name}
    _record(ActivityAction.LABEL_DELETED, row, user, api_key, details)
    row.delete()


def _locked(label: Label) -> Label:
    row = Label.objects.select_for_update().filter(pk=label.pk).first()
    if row is None:
        raise LabelGone
    return row


def _held(workspace_id: uuid.UUID, keys: Collection[str]) -> dict[str, Label]:
    rows = Label.objects.filter(workspace_id=workspace_id, key__in=set(keys))
    if connection.vendor != "postgresql":  # there one writes at a time
        return {row.key: row for row in rows}
    # Any number of posts hold a label at once; Django knows no lock that lets them.
    sql, params = rows.order_by().query.sql_with_params()
    found = Label.objects.raw(f"{sql} FOR KEY SHARE", params)
    return {row.key: row for row in found}


def _record(
    action: ActivityAction,
    label: Label,
    user: User | None,
    api_key: ApiKey | None,
    details: dict[str, str],
) -> None:
    ActivityLog.objects.record(
        action,
        label,
        workspace_id=label.workspace_id,
        user=user,
        api_key=api_key,
        details=details,
    )
