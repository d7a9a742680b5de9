"""Where pictures and videos are kept: this machine's disk, or S3 and what speaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


def media_storage(env: environ.Env, *, folder: Path) -> dict[str, Any]:
    """STORAGES["media"]: S3 where MEDIA_S3_BUCKET names a bucket, else `folder`."""
    bucket = env.str("MEDIA_S3_BUCKET", default="")
    options, style = _options(env), _style(env)
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(folder),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, **options, **_of_boto(style)},
    }


def _options(env: environ.Env) -> dict[str, Any]:
    key = env.str("MEDIA_S3_ACCESS_KEY", default="")
    secret = env.str("MEDIA_S3_SECRET_KEY", default="")
    if bool(key) != bool(secret):
        raise ImproperlyConfigured(
            "Set both MEDIA_S3_ACCESS_KEY and MEDIA_S3_SECRET_KEY, or neither."
        )
    return {
        "location": env.str("MEDIA_S3_PREFIX", default="").strip("/"),
        "access_key": key or None,
        "secret_key": secret or None,
        "endpoint_url": env.str("MEDIA_S3_ENDPOINT", default="") or None,
        "region_name": env.str("MEDIA_S3_REGION", default="") or None,
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": env.int("MEDIA_URL_SECONDS", default=3600),
        "file_overwrite": True,
    }


def _style(env: environ.Env) -> str:
    style: str = env.str("MEDIA_S3_ADDRESSING", default="auto")
    if style not in {"auto", "path", "virtual"}:
        raise ImproperlyConfigured("MEDIA_S3_ADDRESSING must be auto, path or virtual.")
    return style


def _of_boto(style: str) -> dict[str, Any]:
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    return {
        "client_config": Config(
            s3={"addressing_style": style},
            signature_version="s3v4",
            connect_timeout=5,
            # Two silences end before LEASE does: who waits for a file would lose it.
            read_timeout=20,
            retries={"mode": "standard", "max_attempts": 2},
            # What only speaks S3 knows no checksums in trailers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
        # A part at a time, of the least size that there is: parts are held in memory.
        "transfer_config": TransferConfig(
            use_threads=False, multipart_chunksize=5 * 1024**2
        ),
    }
