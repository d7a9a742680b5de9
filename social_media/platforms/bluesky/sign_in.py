"""What people type to connect an account, and the sessions that come of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from atproto_client.client.session import get_session_pds_endpoint
from atproto_core.exceptions import AtProtocolError
from atproto_server.auth.jwt import get_jwt_payload

from social_media.platforms.base import Session
from social_media.platforms.errors import AccountBlocked, ContentRejected

CONNECT_FIELDS = (
    {
        "name": "identifier",
        "label": "Handle or e-mail address",
        "required": True,
        "secret": False,
    },
    {
        "name": "app_password",
        "label": "App password (Settings, Privacy and security, App passwords)",
        "required": True,
        "secret": True,
    },
    {
        "name": "server",
        "label": "Server, if you host your own (PDS)",
        "required": False,
        "secret": False,
    },
)


def identifier_of(typed: str) -> str:
    """A handle, DID or e-mail address as the server knows it.

    People paste handles with a leading @, with capitals, and with the invisible
    direction marks that apps put around them.
    """
    found = visible_text(typed).lstrip("@＠")  # noqa: RUF001
    if not found:
        raise ContentRejected("Type your handle.", code="identifier")
    # The rest of a DID may be case-sensitive.
    return found if found.startswith("did:") else found.lower()


def app_password_of(typed: str) -> str:
    """The app password without what came along when it was pasted."""
    found = visible_text(typed)
    if not found:
        raise ContentRejected("Type an app password.", code="app_password")
    return found


def server_of(typed: str) -> str:
    """The base URL of a server typed as a URL or a bare host name; "" stays ""."""
    found = visible_text(typed)
    if not found:
        return ""
    url = found if "://" in found else f"https://{found}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _not_an_address() from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise _not_an_address()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _not_an_address() -> ContentRejected:
    return ContentRejected(
        "The server is not an address such as https://pds.example.com.", code="server"
    )


def visible_text(typed: str) -> str:
    """`typed` without what can't be seen: controls, marks, half characters, margins."""
    kept = (c for c in typed if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return "".join(kept).strip()


def session_of(answer: Any, *, app_password: str) -> Session:
    """The tokens of createSession's or refreshSession's answer, to be stored."""
    return stored_session(
        {
            "access_jwt": answer.access_jwt,
            "refresh_jwt": answer.refresh_jwt,
            "app_password": app_password,
        }
    )


def stored_session(secrets: Mapping[str, str]) -> Session:
    """`secrets` with the time at which their access token ends, where it tells one."""
    return Session(secrets=dict(secrets), expires_at=_expiry(secrets["access_jwt"]))


def refuse_inactive(answer: Any) -> None:
    """Raise AccountBlocked if a session is of an account that may not post."""
    if answer.active is False:
        raise AccountBlocked(
            f"Bluesky holds this account back: {answer.status or 'not active'}."
        )


def pds_of(answer: Any) -> str:
    """The account's own server as its DID document names it, else ""."""
    return (get_session_pds_endpoint(answer) or "").rstrip("/")


def scopes_of(session: Session) -> tuple[str, ...]:
    """What the access token is good for, as it says itself."""
    scope = getattr(_claims(session.secrets["access_jwt"]), "scope", None)
    return (scope,) if scope else ()


def _expiry(token: str) -> datetime | None:
    exp = getattr(_claims(token), "exp", None)
    try:
        return datetime.fromtimestamp(exp, UTC) if exp else None
    except (OverflowError, ValueError, OSError):
        return None


def _claims(token: str) -> Any:
    """The claims of a JSON web token; None for a server that issues other tokens."""
    try:
        return get_jwt_payload(token)
    except AtProtocolError:
        return None
