"""HTTP with a total deadline and a guard against private addresses.

Every strategy speaks through `requests_session` or `httpx_transport` and hands what
goes wrong to `classify`.
"""

from __future__ import annotations

from social_media.platforms.transport.addresses import (
    AddressRefused,
    UnknownHost,
    is_public,
)
from social_media.platforms.transport.deadlines import DeadlineExceeded, deadline
from social_media.platforms.transport.downloads import download, is_address
from social_media.platforms.transport.failures import classify
from social_media.platforms.transport.httpx_transport import httpx_transport
from social_media.platforms.transport.limits import BodyTooLong, Redirected
from social_media.platforms.transport.sessions import requests_session
from social_media.platforms.transport.uploads import (
    Section,
    multipart,
    raw,
    upload,
)

__all__ = [
    "AddressRefused",
    "BodyTooLong",
    "DeadlineExceeded",
    "Redirected",
    "Section",
    "UnknownHost",
    "classify",
    "deadline",
    "download",
    "httpx_transport",
    "is_address",
    "is_public",
    "multipart",
    "raw",
    "requests_session",
    "upload",
]
