"""What connecting an account takes: the fields of all networks, for the schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from social_media.enums import Platform
from social_media.platforms.factory import strategy_for

CONNECTIONS = [
    OpenApiExample(
        "X",
        request_only=True,
        value={"access_token": "AAAA...", "refresh_token": "BBBB..."},
    ),
    OpenApiExample(
        "Bluesky",
        request_only=True,
        value={"identifier": "ada.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"},
    ),
    OpenApiExample(
        "Mastodon",
        request_only=True,
        value={"server": "mastodon.social", "access_token": "CCCC..."},
    ),
]


class ConnectionSerializer(serializers.Serializer[Any]):
    """The network's own `connect_fields`; `oauth.connect` checks them."""


class ConnectionShape(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Built from what the networks say, so that a new one is described at once."""

    target_class = ConnectionSerializer

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """Every field of every network, with who asks for it and as what."""
        found: dict[str, list[str]] = {}
        for platform in Platform:
            for field in strategy_for(platform).capabilities().connect_fields:
                needed = "" if field["required"] else ", optional"
                words = f"{platform.label}: {field['label']}{needed}."
                found.setdefault(str(field["name"]), []).append(words)
        return {
            "type": "object",
            "description": "The fields of the network in the address, and no others.",
            "properties": {
                name: {"type": "string", "description": " ".join(words)}
                for name, words in found.items()
            },
            "additionalProperties": False,
        }
