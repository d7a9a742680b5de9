"""Nouns of people: one file per aggregate."""

from __future__ import annotations

from accounts.models.api_key import ApiKey
from accounts.models.user import User
from accounts.models.workspace import Membership, Workspace

__all__ = ["ApiKey", "Membership", "User", "Workspace"]
