"""Who calls: a person with a JSON Web Token, or a program with an API key."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.keys import find_key, note_use
from accounts.models import ApiKey, User
from accounts.models.api_key import PREFIX

KEY_SCHEME = "Api-Key"
CHALLENGE = 'Bearer realm="api"'


class TokenAuthentication(JWTAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer <access token>` of an active person."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """The token's owner. One answer for every token that doesn't work."""
        _refuse_key_as_token(request)
        try:
            found: tuple[User, Any] | None = super().authenticate(request)
        except AuthenticationFailed:
            raise AuthenticationFailed(
                "The access token is invalid or has expired. Refresh it or sign in.",
                code="token_not_valid",
            ) from None
        return found


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key sm_...`; the key's maker is the user."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The key's maker and the key; None for another scheme."""
        scheme, _, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != KEY_SCHEME.lower().encode():
            return None
        key = find_key(given.strip().decode("latin-1"))
        if key is None:
            raise AuthenticationFailed(
                "This API key is unknown, expired or revoked.", code="key_not_valid"
            )
        note_use(key, now=timezone.now())
        return key.created_by, key


def _refuse_key_as_token(request: Request) -> None:
    scheme, _, given = get_authorization_header(request).partition(b" ")
    if scheme.lower() == b"bearer" and given.strip().startswith(PREFIX.encode()):
        raise AuthenticationFailed(
            f"This is an API key, not a token. Send it as: Authorization: {KEY_SCHEME} "
            f"{PREFIX}...",
            code="key_as_token",
        )


def key_of(request: Request) -> ApiKey | None:
    """The API key that this call came with, None for a person's."""
    return request.auth if isinstance(request.auth, ApiKey) else None
