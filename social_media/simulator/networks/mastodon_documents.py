"""The JSON documents of Mastodon's API: instance, account, status."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from social_media.simulator.networks.mastodon_text import URL_LENGTH, to_html
from social_media.simulator.records import Account, Post, iso

VERSION = "4.5.2"


def configuration(max_length: int) -> dict[str, Any]:
    """The instance's limits."""
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": max_length,
            "max_media_attachments": 4,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "description_limit": 1500,
            "supported_mime_types": ["image/jpeg", "image/png", "video/mp4"],
            "image_size_limit": 16_777_216,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": 103_809_024,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
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


def status_document(post: Post, owner: dict[str, Any], url: str) -> dict[str, Any]:
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
        "media_attachments": [],
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
