"""manage.py rotate_secrets: after a new key was put first in FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from social_media.oauth.rotation import Progress, rotate


class Command(BaseCommand):
    """Re-encrypts stored tokens with the newest key; see docs/operations.md."""

    help = (
        "Re-encrypt the tokens of connected accounts with the first key of "
        "FIELD_ENCRYPTION_KEYS, while everything runs. Start every process with the "
        "new key first. Can be stopped and started again at any moment."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", type=int, default=500, help="rows read at a time (default: 500)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch must be 1 or more.")
        newest = settings.FIELD_ENCRYPTION_KEYS[0]
        fingerprint = hashlib.sha256(newest.encode()).hexdigest()[:8]
        self.stdout.write(f"The newest key's fingerprint (SHA-256) is {fingerprint}.")
        last = Progress(total=0)
        for last in rotate(batch=options["batch"]):
            self.stdout.write(f"{last.seen} of {last.total} accounts seen")
        kept = last.seen - last.rewritten - len(last.unreadable)
        self.stdout.write(f"{last.rewritten} rewritten, {kept} under the newest key.")
        if last.unreadable:
            raise CommandError(
                f"No key in FIELD_ENCRYPTION_KEYS fits {len(last.unreadable)} of them. "
                "Put the key that wrote them back into the list and run this again, or "
                "connect these accounts again: "
                + ", ".join(str(pk) for pk in last.unreadable)
            )
        self.stdout.write(self._next_step(last))

    def _next_step(self, last: Progress) -> str:
        if len(settings.FIELD_ENCRYPTION_KEYS) == 1:
            return (
                "It is the only key in FIELD_ENCRYPTION_KEYS and has to stay: put a "
                "new one in front of it first."
            )
        if not last.rewritten:
            return (
                "Nothing was left to rewrite. Make sure that the fingerprint is the "
                "new key's, before you remove one."
            )
        return (
            "Older keys can be removed from FIELD_ENCRYPTION_KEYS. Keep them with the "
            "backups that were made under them."
        )
