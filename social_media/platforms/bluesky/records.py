"""The records that a step becomes: the same for every try, byte for byte.

Built from the frozen payload, the checkpoint and the parts before; nothing else. A
second `putRecord` of equal content changes nothing on the server.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from social_media.enums import StepKind
from social_media.platforms.base import RemoteRef, Step
from social_media.platforms.bluesky.embeds import embed_of
from social_media.platforms.bluesky.facets import facets_of
from social_media.platforms.bluesky.options import REPLY_CONTROLS
from social_media.platforms.errors import ContentRejected

POST = "app.bsky.feed.post"
THREADGATE = "app.bsky.feed.threadgate"


def timestamp(moment: datetime) -> str:
    """`moment` (aware) the way records carry it: UTC, milliseconds, Z."""
    in_utc = moment.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_uri(did: str, rkey: str) -> str:
    """Where a post stands for the protocol."""
    return f"at://{did}/{POST}/{rkey}"


def post_record(step: Step) -> dict[str, Any]:
    """The `app.bsky.feed.post` of `step`.

    Raises ContentRejected when a part that it answers is known without its CID, and
    `upload_gone` when not all of its media are uploaded.
    """
    payload = step.payload
    record: dict[str, Any] = {
        "$type": POST,
        "text": payload["text"],
        "createdAt": payload["created_at"],
        "facets": facets_of(payload["text"], step.checkpoint.get("mentions", {})),
        "langs": payload.get("langs"),
        "labels": _self_labels(payload.get("labels")),
        "reply": _reply(step),
        "embed": embed_of(step),
    }
    # The lexicon demands a text, maybe an empty one below which there are media.
    return {n: value for n, value in record.items() if value or n == "text"}


def threadgate_record(
    step: Step, did: str, *, after: timedelta = timedelta(0)
) -> dict[str, Any] | None:
    """Who may reply to `step`, or None where everyone may.

    Args:
        step: the post itself; parts of a thread are ruled by the gate of its root.
        did: the account's.
        after: added to the time of creation, to make a new version.
    """
    allow = REPLY_CONTROLS[step.payload.get("reply_control") or "everyone"]
    if allow is None or step.kind is not StepKind.POST:
        return None
    created_at = datetime.fromisoformat(step.payload["created_at"]) + after
    return {
        "$type": THREADGATE,
        "post": post_uri(did, step.key),
        "allow": [{"$type": rule} for rule in allow],
        "createdAt": timestamp(created_at),
    }


def _self_labels(labels: list[str] | None) -> dict[str, Any] | None:
    if not labels:
        return None
    return {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": label} for label in labels],
    }


def _reply(step: Step) -> dict[str, Any] | None:
    if step.reply_to is None:
        return None
    return {
        "root": _strong_ref(step.root or step.reply_to),
        "parent": _strong_ref(step.reply_to),
    }


def _strong_ref(ref: RemoteRef) -> dict[str, str]:
    cid = ref.data.get("cid")
    if not cid:
        raise ContentRejected(
            "Stationmaster only knows the link of the part before this one, and "
            "Bluesky takes no reply to a link.",
            code="reply_target",
        )
    return {"uri": ref.id, "cid": cid}
