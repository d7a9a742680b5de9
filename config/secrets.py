"""Secrets from the environment; obviously weak ones start nothing in production."""

from __future__ import annotations

from base64 import urlsafe_b64decode

from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

#: Characters of a secret, and different ones among them.
LENGTH, VARIETY = 32, 8
PASSWORD_LENGTH = 8
_PLACEHOLDERS = (
    *("change", "your-", "your_", "replace", "insecure", "django-insecure", "<"),
    *("example", "placeholder", "secret", "password", "for-checks"),
)


class Secrets:
    """Reads secrets. Raises ImproperlyConfigured with words about what to set."""

    def __init__(self, env: Environment, *, strict: bool) -> None:
        self._env, self._strict = env, strict

    def text(self, name: str, hint: str) -> str:
        """A required long random text."""
        value = self._given(name, hint)
        if self._strict and (_is_placeholder(value) or _is_weak(value)):
            raise ImproperlyConfigured(
                f"{name} is too weak: use {LENGTH} random characters or more. {hint}"
            )
        return value

    def fernet_keys(self, name: str) -> list[str]:
        """Comma-separated keys, newest first."""
        hint = "Fernet keys for stored tokens, newest first; `make env` writes one."
        keys = [key.strip() for key in self._given(name, hint).split(",")]
        keys = [key for key in keys if key]
        try:
            MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be Fernet keys, comma-separated; `make key` prints one."
            ) from None
        varied = all(len(set(urlsafe_b64decode(key))) >= VARIETY for key in keys)
        if self._strict and not varied:
            raise ImproperlyConfigured(
                f"{name} has a key that is no secret; `make key` prints one that is."
            )
        return keys

    def refuse_weak_password(self, name: str, password: str) -> None:
        """For a password that another program asks for: any of its own but these."""
        weak = len(password) < PASSWORD_LENGTH or _is_placeholder(password)
        if self._strict and weak:
            raise ImproperlyConfigured(
                f"{name}: its password is a placeholder or has fewer than "
                f"{PASSWORD_LENGTH} characters; `make env` writes a good one."
            )

    def refuse_placeholder(self, name: str, password: str) -> None:
        """For a password that others chose."""
        if self._strict and password.lower().startswith("change-me"):
            raise ImproperlyConfigured(
                f"{name} has a placeholder for its password (POSTGRES_PASSWORD in .env "
                "with docker compose): set a real one."
            )

    def _given(self, name: str, hint: str) -> str:
        value: str = self._env.str(name, default="").strip()
        if not value or value.lower().startswith("change-me"):
            raise ImproperlyConfigured(
                f"Set {name} in the environment or in .env: {hint}"
            )
        return value


def _is_placeholder(value: str) -> bool:
    return value.lower().startswith(_PLACEHOLDERS)


def _is_weak(value: str) -> bool:
    return len(value) < LENGTH or len(set(value)) < VARIETY
