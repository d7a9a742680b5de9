"""Records of a PDS: their checks, their CID, their names."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import regex

from social_media.simulator.networks.bluesky_auth import xrpc_error
from social_media.simulator.world import now

POST = "app.bsky.feed.post"
MAX_GRAPHEMES, MAX_BYTES = 300, 3000
MAX_LANGS = 3

_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = regex.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_GRAPHEME = regex.compile(r"\X")


def cid_of(record: Mapping[str, Any]) -> str:
    """A CID of the right shape: the same for the same content, whatever the order."""
    raw = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    multihash = b"\x01\x71\x12\x20" + hashlib.sha256(raw).digest()
    return "b" + base64.b32encode(multihash).decode().lower().rstrip("=")


def cid_of_bytes(sha256: str) -> str:
    """The real CID of a blob: version 1, raw, by its SHA-256 (hexadecimal)."""
    multihash = b"\x01\x55\x12\x20" + bytes.fromhex(sha256)
    return "b" + base64.b32encode(multihash).decode().lower().rstrip("=")


def new_tid() -> str:
    """A record key made from the time, as servers choose them."""
    number = (int(now() * 1_000_000) << 10) | secrets.randbelow(1024)
    return "".join(_TID_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def check_record(collection: str, rkey: str, record: Mapping[str, Any]) -> None:
    """Raise Refusal (InvalidRequest) for what the lexicon forbids."""
    if record.get("$type") != collection:
        raise invalid(
            f"Invalid $type: expected {collection}, got {record.get('$type')}"
        )
    if collection != POST:
        return
    if not _TID.fullmatch(rkey):
        raise invalid(f"Invalid {POST} rkey: must be a valid TID")
    _check_text(record.get("text"))
    _check_time(record.get("createdAt"))
    if len(_list_of(record, "langs")) > MAX_LANGS:
        raise invalid(about("langs must not have more than 3 elements"))
    _check_reply(record.get("reply"))
    for facet in _list_of(record, "facets"):
        _check_facet(facet, len(record["text"].encode()))


def _check_text(text: Any) -> None:
    if not isinstance(text, str):
        raise invalid(about('must have the property "text"'))
    size = len(text.encode())
    if size > MAX_BYTES:
        raise invalid(about(f"text must not be longer than {MAX_BYTES} characters"))
    if size > MAX_GRAPHEMES and len(_GRAPHEME.findall(text)) > MAX_GRAPHEMES:
        raise invalid(about(f"text must not be longer than {MAX_GRAPHEMES} graphemes"))


def _list_of(record: Mapping[str, Any], name: str) -> list[Any]:
    found = record.get(name, [])
    if not isinstance(found, list):
        raise invalid(about(f"{name} must be an array"))
    return found


def _check_time(created: Any) -> None:
    try:
        aware = datetime.fromisoformat(created).tzinfo
    except (TypeError, ValueError):
        aware = None
    if aware is None:
        raise invalid(about("createdAt must be an valid atproto datetime"))


def _check_reply(reply: Any) -> None:
    if reply is None:
        return
    for name in ("root", "parent"):
        ref = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(ref, dict) or not {"uri", "cid"} <= set(ref):
            raise invalid(about(f"reply/{name} must be a strong ref"))


def _check_facet(facet: Any, size: int) -> None:
    try:
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        good = 0 <= start < end <= size and bool(facet["features"])
    except (KeyError, TypeError):
        good = False
    if not good:
        raise invalid(about("facets must have an index inside the text"))


def about(problem: str) -> str:
    """What is wrong with a post, as validating it against the lexicon words it."""
    return f"Invalid {POST} record: Record/{problem}"


def invalid(message: str) -> Exception:
    return xrpc_error(400, "InvalidRequest", message)
