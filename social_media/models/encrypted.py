"""Secrets at rest: JSON, encrypted with Fernet keys from the environment.

The newest key of `FIELD_ENCRYPTION_KEYS` encrypts, all of them decrypt, so keys are
rotated while the service runs (`manage.py rotate_secrets`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models


class SecretUnreadable(Exception):
    """No key in FIELD_ENCRYPTION_KEYS fits what is stored."""

    def __init__(self) -> None:
        super().__init__(
            "A stored secret can't be read with the keys in FIELD_ENCRYPTION_KEYS. "
            "Put the key that it was written with back into the list."
        )


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(
            "Set FIELD_ENCRYPTION_KEYS (`make key` prints a new one)."
        )
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Encrypts with the newest key, decrypts with any. Raises ImproperlyConfigured."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(value: Any) -> str:
    """Ciphertext of a JSON value, as stored."""
    return cipher().encrypt(json.dumps(value).encode()).decode()


def decrypt(stored: str) -> Any:
    """The JSON value of a ciphertext. Raises SecretUnreadable for any other text."""
    try:
        return json.loads(cipher().decrypt(stored.encode()))
    except InvalidToken:
        raise SecretUnreadable from None


def rotated(stored: str) -> str:
    """`stored` under the newest key; unchanged if it is already."""
    every = cipher()
    newest = Fernet(settings.FIELD_ENCRYPTION_KEYS[0])
    try:
        newest.decrypt(stored.encode())
    except InvalidToken:
        try:
            return every.rotate(stored.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None
    return stored


if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


class EncryptedJSONField(_TextField):
    """A JSON value that the database only ever sees encrypted."""

    description = "Encrypted JSON"

    def from_db_value(self, value: str | None, *_: object) -> Any:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is secret and can't be serialised.")

    def get_lookup(self, lookup_name: str) -> Any:
        """Only isnull: equal secrets have different ciphertexts."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted: {lookup_name} can't work on it.")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: {lookup_name} can't work on it.")
