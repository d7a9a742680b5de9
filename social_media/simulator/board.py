"""What the page and the control API show of the world, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from social_media.simulator.faults import FaultBoard
from social_media.simulator.networks.base import Network, anchor
from social_media.simulator.records import Account, Post, iso
from social_media.simulator.world import World

#: Per account; the page stays light under a load test.
THREADS_SHOWN = 30
#: Per network, those that posted last.
ACCOUNTS_SHOWN = 24


def summary(world: World, networks: Iterable[str]) -> dict[str, Any]:
    """How many posts stand there, and how many of them are one too many."""
    posts, doubled = world.count()
    return {
        "posts": posts,
        "doubled": doubled,
        "duplicates_refused": world.refused_duplicates.total(),
        "by_network": {
            name: dict(zip(("posts", "doubled"), world.count(name), strict=True))
            for name in networks
        },
    }


def post_document(world: World, post: Post) -> dict[str, Any]:
    """A post as `GET /api/posts` has it."""
    return {
        "network": post.network,
        "account": post.account,
        "id": post.id,
        "text": post.text,
        "reply_to": post.reply_to,
        "url": post.url,
        "created_at": iso(post.created_at),
        "edits": post.edits,
        "doubled": world.is_doubled(post),
        "data": post.data,
    }


def fault_list(faults: FaultBoard) -> list[dict[str, Any]]:
    return [fault.describe() for fault in faults.active()]


def board(
    world: World, faults: FaultBoard, networks: Mapping[str, Network]
) -> dict[str, Any]:
    """Everything that the page shows."""
    return {
        "summary": summary(world, networks),
        "networks": [_network(world, each) for each in networks.values()],
        "faults": fault_list(faults),
    }


def _network(world: World, network: Network) -> dict[str, Any]:
    accounts = [a for a in world.accounts.values() if a.network == network.name]
    accounts.sort(key=lambda account: _last(world, account), reverse=True)
    posts, doubled = world.count(network.name)
    return {
        "name": network.name,
        "title": network.title,
        "url": network.url,
        "posts": posts,
        "doubled": doubled,
        "hidden": max(0, len(accounts) - ACCOUNTS_SHOWN),
        "accounts": [_account(world, each) for each in accounts[:ACCOUNTS_SHOWN]],
    }


def _last(world: World, account: Account) -> float:
    posts = world.posts_of(account)
    return posts[-1].created_at if posts else 0.0


def _account(world: World, account: Account) -> dict[str, Any]:
    posts = world.posts_of(account)
    starts = [post for post in posts if _is_start(world, post)]
    return {
        "handle": account.handle,
        "posts": len(posts),
        "hidden": max(0, len(starts) - THREADS_SHOWN),
        "threads": [_thread(world, post) for post in starts[-THREADS_SHOWN:][::-1]],
    }


def _is_start(world: World, post: Post) -> bool:
    """A post that answers nothing, or nothing that stands here."""
    return post.reply_to is None or world.post(post.network, post.reply_to) is None


def _thread(world: World, start: Post) -> list[dict[str, Any]]:
    """A post and everything below it, top down; `depth` is how far it is indented."""
    lines = []
    waiting = [(start, 0)]
    while waiting:
        post, depth = waiting.pop()
        lines.append(
            {
                "anchor": anchor(post),
                "text": post.text,
                "created_at": iso(post.created_at),
                "doubled": world.is_doubled(post),
                "edits": post.edits,
                "depth": depth,
            }
        )
        below = world.replies_to(post)
        waiting += [(reply, depth + 1) for reply in reversed(below)]
    return lines
