"""Whose token it is, and whether it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_media.platforms.errors import ContentRejected, PlatformError, Unavailable
from social_media.platforms.mastodon.answers import AMBIGUOUS, error_of, signed_out
from social_media.platforms.mastodon.client import Client, Refusal
from social_media.platforms.mastodon.values import identifier, printable
from social_media.platforms.transport import UnknownHost

#: Reasons that `verify` lays at the address which a person typed.
WRONG_SERVER = frozenset({"not_mastodon", "redirected", UnknownHost.default_code})
_SUCCESSES = range(200, 300)


def usable_token(given: str) -> str:
    """`given` without white space around it. What can't stand in a header is none."""
    token = given.strip()
    if not (token and token.isascii() and token.isprintable()) or " " in token:
        raise ContentRejected(
            "Enter an access token of your account.", code="access_token"
        )
    return token


def own_account(client: Client) -> Mapping[str, Any]:
    """The account that the token belongs to. Raises as `Strategy.check`."""
    try:
        account = client.call(client.api.account_verify_credentials, visible=False)
    except Refusal as refusal:
        raise _sign_in_error(refusal) from refusal
    if not isinstance(account, dict) or not (
        identifier(account.get("id")) and printable(account.get("username"))
    ):
        raise not_mastodon()
    return account


def _sign_in_error(refusal: Refusal) -> PlatformError:
    """Which of the statuses a server has for a dead token, it decides itself."""
    if refusal.status in AMBIGUOUS:
        return error_of(refusal, visible=False) or signed_out(refusal)
    if refusal.status in _SUCCESSES:
        return not_mastodon()
    return error_of(refusal, visible=False) or not_mastodon()


def not_mastodon() -> Unavailable:
    return Unavailable(
        "This server does not speak Mastodon's API.", code="not_mastodon"
    )
