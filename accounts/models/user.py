"""A person who signs in with an e-mail address."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from accounts.ids import new_id
from accounts.zones import validate_zone


class UserAccounts(BaseUserManager["User"]):
    """Makes users; e-mail addresses are compared without case."""

    def create_user(self, email: str, password: str | None, **extra: Any) -> User:
        """A stored user. Raises ValueError without an address."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None, **extra: Any) -> User:
        """A stored user who may do everything in the admin."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **extra
        )

    def get_by_natural_key(self, username: str | None) -> User:
        """The user who signs in as `username`, in any case."""
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """E-mail is the login; times are shown in `timezone`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_zone]
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserAccounts()  # type: ignore[misc,assignment]

    class Meta:
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_case"
            ),
        )

    def __str__(self) -> str:
        return self.email
