"""What networks need of a post's media, asked for as soon as somebody writes the post.

Made ahead of time on the media queue; publishing looks again (publishing/prepare.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from social_media.media.errors import CannotBeMade, NotMade
from social_media.media.renditions import facts_of, sent, want
from social_media.models import MediaFile, PostTarget
from social_media.oauth.credentials import without_secrets
from social_media.platforms.factory import strategy_for
from social_media.platforms.media import MediaRules, Recipe, recipe_for
from social_media.posts.composition import Attachments, Composition, Files


def want_renditions(
    composition: Composition, targets: Iterable[PostTarget], files: Files
) -> None:
    """Ask for all that the networks of `targets`, whose accounts are loaded, need.

    The composition has no problems. Part of the caller's transaction.
    """
    wanted = needed_renditions(composition, targets, files)
    for file_id, recipe in sorted(wanted, key=lambda one: (one[0], one[1].key)):
        want(files[file_id], recipe)


def needed_renditions(
    composition: Composition, targets: Iterable[PostTarget], files: Files
) -> set[tuple[uuid.UUID, Recipe]]:
    """What has to be made of which file, for these targets; nothing is stored."""
    if not files:
        return set()
    rules = {target.account_id: _rules(target) for target in targets}
    # Accounts of one network need the same: asked for once.
    wanted: set[tuple[uuid.UUID, Recipe]] = set()
    for destination in composition.targets:
        found = rules.get(destination.account_id)
        if found is not None:
            wanted |= _needed(composition.media_for(destination), files, found)
    return wanted


def missing_media(
    composition: Composition, target: PostTarget, files: Files
) -> list[str]:
    """Words for each file of `target` that its network can't be given yet, or ever.

    The composition, of this target alone, has no problems. What nobody has asked for
    yet is asked for: part of the caller's transaction.
    """
    rules = _rules(target)
    if rules is None:
        return []
    [destination] = composition.targets
    media = composition.media_for(destination)
    shown = {one.file_id for attachments in media.values() for one in attachments}
    found = (_missing(files[file_id], rules) for file_id in sorted(shown))
    return [words for words in found if words]


def _missing(file: MediaFile, rules: MediaRules) -> str:
    try:
        sent(file, recipe_for(facts_of(file), rules))
    except NotMade:
        return f"{file} is still being made ready. Should that last, upload it anew."
    except CannotBeMade as error:
        return f"{file} can't be used: {error} Put another in its place before."
    return ""


def _needed(
    media: Mapping[int, Attachments], files: Files, rules: MediaRules
) -> set[tuple[uuid.UUID, Recipe]]:
    """What has to be made of which file."""
    shown = {one.file_id for attachments in media.values() for one in attachments}
    made = ((file_id, recipe_for(facts_of(files[file_id]), rules)) for file_id in shown)
    return {(file_id, recipe) for file_id, recipe in made if recipe is not None}


def _rules(target: PostTarget) -> MediaRules | None:
    account = target.account
    return strategy_for(account.platform).capabilities(without_secrets(account)).media
