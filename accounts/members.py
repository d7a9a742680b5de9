"""Who belongs to a workspace, and as what.

Nobody gives or takes a role above their own, and a workspace always has an owner: the
workspace's row is locked while that is looked at.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.caller import Caller
from accounts.events import happened
from accounts.models import Membership, User, Workspace
from accounts.roles import Role, is_above


class MemberError(Exception):
    """Base of what this module refuses; the message is for the person who asked."""


class RoleAboveOwn(MemberError):
    """Only those who have a role give it and take it."""


class LastOwner(MemberError):
    """Without this owner nobody could manage the workspace."""


class MemberGone(MemberError):
    """Somebody removed them meanwhile."""


def person_with(email: str) -> User:
    """The active person with this address, in any case. Raises ValidationError."""
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        words = (
            "Nobody has registered with this address. Ask them to register first, then "
            "add them here."
        )
        raise _wrong_email(words, code="unknown_person")
    return user


@transaction.atomic
def add_member(caller: Caller, *, user: User, role: str) -> Membership:
    """`user` as a new member of the caller's workspace.

    Raises RoleAboveOwn, ValidationError for somebody who is a member already.
    """
    _refuse_above(caller, role)
    workspace = _locked(caller)
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        raise _wrong_email("They are a member already.", code="already_member")
    made = Membership.objects.create(workspace=workspace, user=user, role=role)
    details = {"email": user.email, "role": str(role)}
    _tell("member.added", made, caller, details)
    return made


@transaction.atomic
def change_role(caller: Caller, member: Membership, *, role: str) -> Membership:
    """`member` of the caller's workspace with another role.

    Raises RoleAboveOwn, LastOwner, MemberGone.
    """
    row = _locked_member(caller, member)
    before = row.role
    if role == before:
        return row
    _refuse_above(caller, role)
    _refuse_above(caller, before)
    _require_other_owner(row)
    row.role = role
    row.save(update_fields=["role"])
    details = {"email": row.user.email, "from": before, "role": str(role)}
    _tell("member.changed", row, caller, details)
    return row


@transaction.atomic
def remove_member(caller: Caller, member: Membership) -> None:
    """End `member`'s part in the caller's workspace; one's own too.

    What they wrote stays; their API keys stop working. Raises RoleAboveOwn, LastOwner,
    MemberGone.
    """
    row = _locked_member(caller, member)
    _refuse_above(caller, row.role)
    _require_other_owner(row)
    details = {"email": row.user.email, "role": row.role}
    _tell("member.removed", row, caller, details)
    row.delete()


def _locked(caller: Caller) -> Workspace:
    rows = Workspace.objects.select_for_update(no_key=True)
    return rows.get(pk=caller.workspace.pk)


def _locked_member(caller: Caller, member: Membership) -> Membership:
    rows = Membership.objects.select_related("user")
    row = rows.filter(workspace=_locked(caller), pk=member.pk).first()
    if row is None:
        raise MemberGone("They are no member any more.")
    return row


def _refuse_above(caller: Caller, role: str) -> None:
    if is_above(role, caller.role):
        raise RoleAboveOwn(
            f"Your role ({caller.role.value}) is below {role}: you can neither give "
            "that role nor take it away."
        )


def _require_other_owner(member: Membership) -> None:
    owners = Membership.objects.filter(workspace=member.workspace_id, role=Role.OWNER)
    if member.role == Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise LastOwner(
            f"The only owner is {member.user}. Make somebody else an owner first."
        )


def _wrong_email(message: str, *, code: str) -> ValidationError:
    return ValidationError({"email": ValidationError(message, code=code)})


def _tell(
    action: str, member: Membership, caller: Caller, details: dict[str, str]
) -> None:
    happened.send(
        Membership, action=action, thing=member, caller=caller, details=details
    )
