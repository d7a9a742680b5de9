"""Signed addresses of files on this machine's disk; on S3 the storage signs its own."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "social_media.media"


@dataclass(frozen=True, slots=True)
class Address:
    """What a signed address stands for; `expires` in seconds since 1970."""

    name: str
    expires: int

    @property
    def seconds_left(self) -> int:
        """Until it is void."""
        return max(0, self.expires - int(time.time()))


def local_url(name: str) -> str:
    """A path of this site, good for MEDIA_URL_SECONDS at most and half of it at least.

    The same for a while, so that a browser needn't fetch the same picture again.
    """
    step = max(1, settings.MEDIA_URL_SECONDS // 2)
    expires = (int(time.time()) // step + 2) * step
    signed = signing.Signer(salt=_SALT).sign_object([name, expires])
    return reverse("media-file", args=[signed])


def address_of(signed: str) -> Address | None:
    """What `signed` stands for; None if it is not ours, or void by now."""
    try:
        name, expires = signing.Signer(salt=_SALT).unsign_object(signed)
    except (signing.BadSignature, ValueError):
        return None
    found = Address(name, expires)
    return found if found.seconds_left else None
