"""What the page and the control API show of the world, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from social_media.simulator.faults import FaultBoard
from social_media.simulator.networks.base import Network, anchor
from social_media.simulator.records import Account, Post, Upload, iso
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
        "uploads": world.uploads.received.total(),
        "bytes_uploaded": world.uploads.bytes_received.total(),
        "uploaded_again": world.uploads.again.total(),
        "by_network": {
            name: dict(zip(("posts", "doubled"), world.count(name), strict=True))
            for name in networks
        },
    }


def upload_document(upload: Upload, page_url: str) -> dict[str, Any]:
    """An upload as `GET /api/uploads` has it."""
    return {
        "id": upload.id,
        "network": upload.network,
        "account": upload.account,
        "kind": upload.kind,
        "content_type": upload.content_type,
        "size": upload.size,
        "sha256": upload.sha256,
        "width": upload.width,
        "height": upload.height,
        "alt_text": upload.alt_text,
        "focus": upload.focus,
        "state": upload.state,
        "received_at": iso(upload.received_at),
        "attached": upload.post,
        "requests": upload.requests,
        "url": f"{page_url}/uploads/{upload.key}" if upload.key else None,
    }


def media_of(post: Post, page_url: str = "") -> list[dict[str, Any]]:
    """The media of `post`, in its order."""
    names = ("id", "kind", "content_type", "size", "sha256", "alt_text", "focus")
    return [
        {name: each[name] for name in (*names, "width", "height")}
        | {"url": f"{page_url}/uploads/{each['key']}"}
        for each in post.data.get("media", ())
    ]


def post_document(world: World, post: Post, page_url: str) -> dict[str, Any]:
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
        "media": media_of(post, page_url),
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
                "media": media_of(post),
            }
        )
        below = world.replies_to(post)
        waiting += [(reply, depth + 1) for reply in reversed(below)]
    return lines
