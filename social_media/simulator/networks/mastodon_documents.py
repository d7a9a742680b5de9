"""The JSON documents of Mastodon's API: instance, account, status."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from social_media.simulator.networks.mastodon_text import URL_LENGTH, to_html
from social_media.simulator.records import Account, Post, Upload, iso

VERSION = "4.5.2"
MAX_MEDIA = 4
MAX_DESCRIPTION = 1500
IMAGE_BYTES, IMAGE_PIXELS = 16_777_216, 33_177_600
VIDEO_BYTES, VIDEO_PIXELS = 103_809_024, 8_294_400
IMAGE_TYPES = (
    *("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif"),
    *("image/webp", "image/avif"),
)
VIDEO_TYPES = ("video/webm", "video/mp4", "video/quicktime")


def configuration(max_length: int) -> dict[str, Any]:
    """The instance's limits."""
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": max_length,
            "max_media_attachments": MAX_MEDIA,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "description_limit": MAX_DESCRIPTION,
            "supported_mime_types": [*IMAGE_TYPES, *VIDEO_TYPES],
            "image_size_limit": IMAGE_BYTES,
            "image_matrix_limit": IMAGE_PIXELS,
            "video_size_limit": VIDEO_BYTES,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": VIDEO_PIXELS,
        },
        "polls": {
            "max_options": 4,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


def instance_v2(url: str, title: str, max_length: int) -> dict[str, Any]:
    return {
        "domain": urlsplit(url).netloc,
        "title": title,
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A stand-in: nothing here leaves this machine.",
        "usage": {"users": {"active_month": 1}},
        "thumbnail": {"url": f"{url}/thumbnail.png"},
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": url.replace("http", "ws", 1)},
            "vapid": {"public_key": ""},
            **configuration(max_length),
            "translation": {"enabled": False},
        },
        "registrations": {
            "enabled": False,
            "approval_required": False,
            "message": None,
        },
        "api_versions": {"mastodon": 7},
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def instance_v1(url: str, title: str, version: str, max_length: int) -> dict[str, Any]:
    return {
        "uri": urlsplit(url).netloc,
        "title": title,
        "short_description": "A stand-in: nothing here leaves this machine.",
        "description": "",
        "email": "",
        "version": version,
        "urls": {"streaming_api": url.replace("http", "ws", 1)},
        "stats": {"user_count": 1, "status_count": 0, "domain_count": 1},
        "thumbnail": f"{url}/thumbnail.png",
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": configuration(max_length),
        "contact_account": None,
        "rules": [],
    }


def account_document(account: Account, url: str, statuses: int) -> dict[str, Any]:
    profile = f"{url}/@{account.handle}"
    picture = f"{url}/avatar.png"
    return {
        "id": account.id,
        "username": account.handle,
        "acct": account.handle,
        "display_name": account.handle.title(),
        "locked": False,
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": iso(account.created_at),
        "note": "",
        "url": profile,
        "uri": f"{url}/users/{account.handle}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": statuses,
        "last_status_at": None,
        "emojis": [],
        "fields": [],
    }


def attachment_document(upload: Upload, url: str | None) -> dict[str, Any]:
    """A media attachment; `url` is None as long as it is worked on."""
    kinds = {"image": "image", "gif": "gifv", "video": "video"}
    meta: dict[str, Any] = {}
    if upload.width and upload.height:
        meta["original"] = {
            "width": upload.width,
            "height": upload.height,
            "size": f"{upload.width}x{upload.height}",
            "aspect": upload.width / upload.height,
        }
    if upload.focus:
        x, y = upload.focus.split(",")
        meta["focus"] = {"x": float(x), "y": float(y)}
    return {
        "id": upload.id,
        "type": kinds[upload.kind],
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": upload.alt_text or None,
        "blurhash": None,
    }


def status_document(
    post: Post, owner: dict[str, Any], url: str, media: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": post.id,
        "created_at": iso(post.created_at),
        "in_reply_to_id": post.reply_to,
        "in_reply_to_account_id": post.data["in_reply_to_account_id"],
        "sensitive": post.data["sensitive"],
        "spoiler_text": post.data["spoiler_text"],
        "visibility": post.data["visibility"],
        "language": post.data["language"],
        "uri": f"{url}/users/{post.account}/statuses/{post.id}",
        "url": post.url,
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": to_html(post.text, server=url),
        "reblog": None,
        "application": {"name": "Stationmaster", "website": None},
        "account": owner,
        "media_attachments": media,
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        "favourited": False,
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "pinned": False,
    }
