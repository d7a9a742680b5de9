"""Joining: a person and a workspace of their own, in one transaction."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.caller import Caller
from accounts.events import happened
from accounts.models import User
from accounts.workspaces import create_workspace


@transaction.atomic
def register(
    *,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    timezone: str = "UTC",
) -> Caller:
    """The new person as owner of a workspace of their own, both in `timezone`.

    Raises ValidationError for a taken address and for a password that is easy to guess.
    """
    names = {"first_name": first_name, "last_name": last_name}
    check_password(password, User(email=email, **names))
    user = _store(email, password, timezone=timezone, **names)
    caller = create_workspace(user, name=_workspace_name(user), timezone=timezone)
    happened.send(User, action="user.registered", thing=user, caller=caller)
    return caller


def check_password(password: str, user: User, *, field: str = "password") -> None:
    """Raise ValidationError on `field` for a password that is easy to guess."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({field: error.error_list}) from None


def _store(email: str, password: str, **extra: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, **extra)
    except IntegrityError:
        taken = ValidationError("Somebody has this address already.", code="taken")
        raise ValidationError({"email": taken}) from None


def _workspace_name(user: User) -> str:
    owner = user.get_full_name() or user.email.partition("@")[0]
    return f"{owner}'s workspace"[:120]
