"""Signed tokens of people: short access, rotating refresh.

No row is written when a token is issued; a refresh token's row appears when it is
spent or revoked, so no usable token ever lies in the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import BlacklistMixin
from rest_framework_simplejwt.tokens import RefreshToken as BaseRefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User


class TokenRefused(Exception):
    """The refresh token is malformed, expired, spent or revoked."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a signed-in person holds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


class RefreshToken(BaseRefreshToken):  # type: ignore[misc]
    """A refresh token without a row until it is spent."""

    @classmethod
    def for_user(cls, user: User) -> RefreshToken:
        """A token signed for `user` and this password of theirs."""
        token: RefreshToken = super(BlacklistMixin, cls).for_user(user)
        return token


def issue_tokens(user: User) -> Tokens:
    """A fresh pair. They die when the password changes."""
    refresh = RefreshToken.for_user(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


@transaction.atomic
def rotate_tokens(refresh: str) -> tuple[User, Tokens]:
    """A new pair for an unspent refresh token, which is spent by that.

    Raises TokenRefused. Of two at once one wins: the row of the spent token is unique.
    """
    token = _read(refresh)
    user = _owner(token)
    _spend(token)
    return user, issue_tokens(user)


@transaction.atomic
def revoke_token(refresh: str) -> None:
    """Make a refresh token useless. Raises TokenRefused when it is already."""
    _spend(_read(refresh))


def _read(refresh: str) -> RefreshToken:
    try:
        return RefreshToken(refresh)
    except TokenError:
        raise TokenRefused from None


def _owner(token: RefreshToken) -> User:
    user = User.objects.filter(
        pk=token[api_settings.USER_ID_CLAIM], is_active=True
    ).first()
    if user is None:
        raise TokenRefused
    signed_for = token.get(api_settings.REVOKE_TOKEN_CLAIM)
    if signed_for != get_md5_hash_password(user.password):
        raise TokenRefused
    return user


def _spend(token: RefreshToken) -> None:
    _, first = token.blacklist()
    if not first:
        raise TokenRefused
