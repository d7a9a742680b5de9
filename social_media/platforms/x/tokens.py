"""X's tokens: whose they are, and new ones for old (OAuth 2.0, single use)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from social_media.platforms.base import Credentials, Identity, Session
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    Unavailable,
)
from social_media.platforms.transport import classify, requests_session
from social_media.platforms.x.answers import Answer, body_of, error_of, read
from social_media.platforms.x.client import XClient

FIELDS = ("access_token", "refresh_token", "access_token_secret")

CONNECT_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "name": "access_token",
        "label": "Access token",
        "required": True,
        "secret": True,
    },
    {
        "name": "refresh_token",
        "label": "Refresh token (OAuth 2.0)",
        "required": False,
        "secret": True,
    },
    {
        "name": "access_token_secret",
        "label": "Access token secret (OAuth 1.0a)",
        "required": False,
        "secret": True,
    },
)

#: In seconds; X's access tokens live for two hours.
_LONGEST_LIFE = 366 * 24 * 3600

# The refresh token itself is dead; anything else is our app's own fault.
_DEAD = {"invalid_request", "invalid_grant", "invalid_token"}


def typed_secrets(given: Mapping[str, str], config: NetworkConfig) -> dict[str, str]:
    """The tokens that a person typed, ready for a header.

    Raises ContentRejected with the field's name as its code.
    """
    secrets = {name: str(given.get(name) or "").strip() for name in FIELDS}
    for name, value in secrets.items():
        if not value.isascii() or not (value + "x").isprintable() or " " in value:
            raise ContentRejected("This is not a token of X.", code=name)
    if not secrets["access_token"]:
        raise ContentRejected("The access token is missing.", code="access_token")
    if secrets["access_token_secret"] and not config.app.get("consumer_key"):
        raise ContentRejected(
            "OAuth 1.0a needs our app's keys: the operator sets X_CONSUMER_KEY and "
            "X_CONSUMER_SECRET.",
            code="access_token_secret",
        )
    return {name: value for name, value in secrets.items() if value}


def identify(secrets: Mapping[str, str], config: NetworkConfig) -> Identity:
    """Whose tokens these are. Raises as `Strategy.verify`."""
    client = XClient(Credentials("", "", secrets=secrets), config)
    response = client.get_me(user_auth=client.signs, user_fields=["profile_image_url"])
    if not response.ok:
        raise _sign_in_error(read(response))
    user = body_of(response).get("data")
    if not isinstance(user, dict) or not user.get("id") or not user.get("username"):
        raise Unavailable("X did not say whose token this is.")
    return Identity(
        remote_id=str(user["id"]),
        handle=str(user["username"]),
        session=Session(secrets=dict(secrets)),
        display_name=str(user.get("name") or ""),
        avatar_url=str(user.get("profile_image_url") or ""),
    )


def _sign_in_error(answer: Answer) -> Exception:
    error = error_of(answer, visible=False)
    if isinstance(error, ContentRejected):
        return AuthenticationFailed(error.message, http_status=answer.status)
    return error


def refresh(credentials: Credentials, config: NetworkConfig) -> Session | None:
    """A new pair for the refresh token, which X then refuses for ever.

    None without a refresh token. An answer that got lost is Unavailable: the caller
    tries the old token again, and learns whether the new pair was lost with it.
    """
    token = credentials.secrets.get("refresh_token")
    if not token:
        return None
    form = {"grant_type": "refresh_token", "refresh_token": token}
    response = _post("/2/oauth2/token", form, config)
    if not response.ok:
        raise _refresh_error(response)
    body = body_of(response)
    if not body.get("access_token"):
        raise Unavailable("X's answer to the renewal of the sign-in was unreadable.")
    fresh = {name: str(body[name]) for name in FIELDS[:2] if body.get(name)}
    return Session({**credentials.secrets, **fresh}, _expiry(body.get("expires_in")))


def _expiry(seconds: Any) -> datetime | None:
    """None where X doesn't say or says nonsense: the pair is kept all the same."""
    known = isinstance(seconds, (int, float)) and 0 <= seconds <= _LONGEST_LIFE
    if not known:
        return None
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _refresh_error(response: requests.Response) -> Exception:
    reason = body_of(response).get("error")
    if reason in _DEAD:
        return AuthenticationFailed(
            "X no longer accepts this sign-in.", http_status=response.status_code
        )
    if isinstance(reason, str):
        return AccountBlocked(
            f"X refused our app's own keys ({reason[:80]}): the operator checks "
            "X_CLIENT_ID and X_CLIENT_SECRET.",
            code="app_keys",
            http_status=response.status_code,
        )
    return error_of(read(response), visible=False)


def revoke(credentials: Credentials, config: NetworkConfig) -> None:
    """Tell X that the pair is no longer needed. OAuth 1.0a tokens stay."""
    secrets = credentials.secrets
    if secrets.get("access_token_secret"):
        return
    token = secrets.get("refresh_token") or secrets.get("access_token", "")
    response = _post("/2/oauth2/revoke", {"token": token}, config)
    if not response.ok:
        raise error_of(read(response), visible=False)


def _post(
    path: str, form: Mapping[str, str], config: NetworkConfig
) -> requests.Response:
    """A call in our app's own name: its secret as Basic, without one its id inside."""
    client_id = config.app.get("client_id", "")
    secret = config.app.get("client_secret", "")
    body = dict(form) if secret else {**form, "client_id": client_id}
    try:
        return requests_session(config).post(
            config.api_url + path,
            data=body,
            auth=(client_id, secret) if secret else None,
        )
    except Exception as error:
        raise classify(error, visible=False) from error
