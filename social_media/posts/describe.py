"""What a file is, told anew, and every post that shows it and is not out yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import EDITABLE, PostStatus
from social_media.media.change import update_file
from social_media.models import MediaFile, Post, PostTarget
from social_media.platforms.base import Problem
from social_media.posts.composition import composition_of
from social_media.posts.due import SCHEDULED, upload_anew
from social_media.posts.errors import InvalidDraft, PostGone
from social_media.posts.files import files_for
from social_media.posts.lock import locked
from social_media.posts.steps import discard_unsent
from social_media.posts.validate import network_problems

#: What networks are told of a file.
_TOLD = ("alt_text", "focus_x", "focus_y")


@transaction.atomic
def describe_file(
    file: MediaFile,
    *,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change `name`, `alt_text`, `focus_x` and `focus_y` of a file.

    Scheduled posts go out with the new text, also where the file was uploaded ahead of
    time already. Raises InvalidDraft where one of them could not go out with it any
    more, FileGone.
    """
    told = [name for name in _TOLD if name in changes]
    again = any(getattr(file, name) != changes[name] for name in told)
    # Posts before the file: the order of everybody who writes posts.
    held = _locked_posts(file) if again else []
    update_file(file, changes=changes, user=user, api_key=api_key)
    for post, targets in held:
        _require_fit(post, targets)
        discard_unsent(row.pk for row in targets)
        upload_anew(targets)


def _locked_posts(file: MediaFile) -> list[tuple[Post, list[PostTarget]]]:
    posts = Post.objects.filter(media__file=file).exclude(status=PostStatus.POSTED)
    found = []
    for post_id in posts.order_by("pk").values_list("pk", flat=True).distinct():
        try:
            post, targets = locked(post_id)
        except PostGone:
            continue  # deleted in this moment
        found.append((post, [row for row in targets if row.status in EDITABLE]))
    return found


def _require_fit(post: Post, targets: list[PostTarget]) -> None:
    """What is scheduled must not fail at its time for a text that got too long."""
    waiting = [row for row in targets if row.status in SCHEDULED]
    composition = composition_of(post, waiting)
    accounts = {row.account_id: row.account for row in waiting}
    files = files_for(post.workspace_id, composition)
    found = network_problems(composition, accounts, files)
    told = [one for one in found if one.field.endswith("alt_text")]
    if told:
        raise InvalidDraft([_here(one, post) for one in told])


def _here(problem: Problem, post: Post) -> Problem:
    words = f"A scheduled post shows this file. {problem.message} ({post.pk})"
    return replace(problem, field="alt_text", message=words)
