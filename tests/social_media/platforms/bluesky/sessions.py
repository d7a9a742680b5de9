"""What a PDS says of a session, and signing in where it is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import PlatformError
from tests.social_media.platforms.bluesky.pds import DID, Answer

EXPIRES = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def jwt(**claims: Any) -> str:
    def part(value: Any) -> str:
        raw = json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part({'alg': 'ES256K'})}.{part(claims)}.c2lnbmF0dXJlCg"


ACCESS = jwt(exp=int(EXPIRES.timestamp()), scope="com.atproto.appPass")


def session(*, pds: Any = None, **more: Any) -> Answer:
    """What createSession, refreshSession and getSession say."""
    services = [
        {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": pds,
        }
    ]
    about = {
        "did": DID,
        "handle": "alice.example.com",
        "accessJwt": ACCESS,
        "refreshJwt": "new-refresh",
        "active": True,
        "didDoc": {"id": DID, "service": services} if pds else None,
    }
    return Answer(200, {k: v for k, v in {**about, **more}.items() if v is not None})


def refused(strategy: BlueskyStrategy, given: dict[str, str]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        strategy.verify(given)
    return caught.value
