"""Signing in with a password."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.http import HttpRequest

from accounts.models import User


def sign_in(request: HttpRequest, *, email: str, password: str) -> User | None:
    """The active person with this address, in any case, and password, else None.

    An unknown address takes as long as a wrong password: Django hashes one for both.
    """
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        return None
    update_last_login(None, user)  # type: ignore[arg-type]
    return user
