"""A person's own data."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.caller import NoWorkspace, caller_for
from accounts.events import happened
from accounts.models import User
from accounts.register import check_password


@transaction.atomic
def update_profile(
    user: User,
    *,
    changes: Mapping[str, str],
    password: str | None = None,
    current_password: str = "",
) -> User:
    """`user` with `changes` (checked values by field name) and the new password.

    A new password needs the present one and ends every session. Raises ValidationError.
    """
    changed = set(changes)
    for name, value in changes.items():
        setattr(user, name, value)
    if password is not None:
        _set_password(user, password, current=current_password)
        changed.add("password")
    if changed:
        user.save(update_fields=changed)
        _tell(user, changed)
    return user


def _set_password(user: User, password: str, *, current: str) -> None:
    if not user.check_password(current):
        wrong = ValidationError("This is not your present password.", code="wrong")
        raise ValidationError({"current_password": wrong})
    check_password(password, user)
    user.set_password(password)


def _tell(user: User, changed: set[str]) -> None:
    try:
        caller = caller_for(user)
    except NoWorkspace:
        return  # nobody's audit trail to write to
    happened.send(
        User,
        action="user.updated",
        thing=user,
        caller=caller,
        details={"changed": sorted(changed)},
    )
