"""Holding a post's rows still while something is decided about them.

The order is always the same: the post, its targets by id, their accounts by id.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from social_media.enums import AccountStatus
from social_media.models import ConnectedAccount, Post, PostTarget
from social_media.posts.derive import lock_post
from social_media.posts.errors import PostGone


def locked(post_id: uuid.UUID) -> tuple[Post, list[PostTarget]]:
    """The post with its workspace and its targets with their accounts, all locked.

    The targets come in the order in which the API lists them. A claim by a worker
    waits for the caller's transaction, and the other way round. Raises PostGone.
    """
    if not lock_post(post_id):
        raise PostGone
    rows = PostTarget.objects.select_for_update(no_key=True).filter(post_id=post_id)
    list(rows.order_by("pk").values_list("pk"))
    # Read after all locks are held: what others committed meanwhile is seen.
    post = Post.objects.select_related("workspace").get(pk=post_id)
    return post, targets_of(post_id)


def targets_of(post_id: uuid.UUID) -> list[PostTarget]:
    """A post's targets with their accounts, in the order in which the API lists them.

    The accounts' secrets stay in the database.
    """
    rows = PostTarget.objects.filter(post_id=post_id).select_related("account")
    return list(rows.defer("account__secrets"))


def lock_connected(accounts: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Lock these accounts; answer which of them are connected.

    Called last in a transaction: a disconnect comes either before, and is seen, or
    after, and finds the targets. Held briefly, because the scan passes over locked
    accounts.
    """
    rows = ConnectedAccount.objects.select_for_update(no_key=True)
    rows = rows.filter(pk__in=set(accounts)).order_by("pk")
    found = rows.values_list("pk", "status")
    return {pk for pk, status in found if status != AccountStatus.DISCONNECTED}
