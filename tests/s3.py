"""A real HTTP server that speaks S3, and what is told to it beside the code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
import httpx

from config.storage import media_storage

BUCKET = "media-of-tests"
KEY, SECRET = "tests-access-key", "tests-secret-key"


@dataclass
class S3Server:
    """Where it listens, and a client of the tests' own."""

    url: str
    client: Any

    def storage(self, **changes: str) -> dict[str, Any]:
        """STORAGES["media"] as the settings would make it for this server."""
        given = {
            "MEDIA_S3_BUCKET": BUCKET,
            "MEDIA_S3_ENDPOINT": self.url,
            "MEDIA_S3_REGION": "us-east-1",
            "MEDIA_S3_ADDRESSING": "path",
            "MEDIA_S3_PREFIX": "stationmaster",
            "MEDIA_S3_ACCESS_KEY": KEY,
            "MEDIA_S3_SECRET_KEY": SECRET,
            **changes,
        }
        env = environ.Env()
        env.ENVIRON = given
        return media_storage(env, folder=Path("unused"))

    def keys(self) -> list[str]:
        """Of all that is stored, without the prefix."""
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"].removeprefix("stationmaster/") for one in found]

    def empty(self) -> None:
        """Remove all that is stored."""
        for one in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self.client.delete_object(Bucket=BUCKET, Key=one["Key"])

    def check_keys(self, *, wanted: bool) -> None:
        """Whether the server refuses keys that it doesn't know, which are all."""
        count = b"0" if wanted else b"inf"
        answer = httpx.post(
            f"{self.url}/moto-api/reset-auth", content=count, trust_env=False
        )
        assert answer.status_code == 200, answer.text


@contextmanager
def s3_running() -> Iterator[S3Server]:
    """One with an empty bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=BUCKET)
        yield S3Server(f"http://{host}:{port}", client)
        client.close()
    finally:
        server.stop()
