"""People who upload and post, over plain HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.social_media.simulator import wire
from tests.social_media.simulator.samples import mp4, png

POST = "app.bsky.feed.post"
UPLOAD_BLOB = "com.atproto.repo.uploadBlob"


class XPoster:
    """On X; tweepy has no media of API v2."""

    #: Seconds to wait for an answer.
    timeout = 5.0

    def __init__(self, simulator, handle: str = "ann") -> None:
        self._url = simulator.urls["x"]
        token = simulator.account("x", handle)["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def post(self, path: str, **sent: Any) -> httpx.Response:
        url = f"{self._url}{path}"
        return wire.post(url, headers=self.headers, timeout=self.timeout, **sent)

    def get(self, path: str, **query: str) -> httpx.Response:
        return wire.get(f"{self._url}{path}", headers=self.headers, params=query)

    def image(self, content: bytes = b"", category: str = "tweet_image") -> str:
        answer = self.send(content or png(), category)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["id"]

    def send(self, content: bytes, category: str = "tweet_image") -> httpx.Response:
        return self.post(
            "/2/media/upload",
            data={"media_category": category},
            files={"media": ("m.bin", content)},
        )

    def initialize(self, total: int, media_type: str, category: str) -> httpx.Response:
        body = {"total_bytes": total, "media_type": media_type}
        return self.post(
            "/2/media/upload/initialize", json={**body, "media_category": category}
        )

    def begin(self, total: int, media_type="video/mp4", category="tweet_video") -> str:
        return self.initialize(total, media_type, category).json()["data"]["id"]

    def append(self, media_id: str, index: Any, content: bytes) -> httpx.Response:
        return self.post(
            f"/2/media/upload/{media_id}/append",
            data={"segment_index": str(index)},
            files={"media": ("m.bin", content)},
        )

    def finalize(self, media_id: str) -> httpx.Response:
        return self.post(f"/2/media/upload/{media_id}/finalize")

    def status(self, media_id: str) -> httpx.Response:
        return self.get("/2/media/upload", command="STATUS", media_id=media_id)

    def upload(self, content: bytes, media_type: str, category: str) -> str:
        media_id = self.begin(len(content), media_type, category)
        assert self.append(media_id, 0, content).status_code == 200
        assert self.finalize(media_id).status_code == 200
        return media_id

    def video(self, content: bytes = b"") -> str:
        return self.upload(content or mp4(), "video/mp4", "tweet_video")

    def tweet(self, text: str | None, *media_ids: str) -> httpx.Response:
        body: dict[str, Any] = {} if text is None else {"text": text}
        if media_ids:
            body["media"] = {"media_ids": list(media_ids)}
        return self.post("/2/tweets", json=body)


class MastodonPoster:
    """On a server that speaks Mastodon's API."""

    #: Seconds to wait for an answer.
    timeout = 5.0

    def __init__(self, simulator, network: str = "mastodon", handle="ann") -> None:
        self._url = simulator.urls[network]
        token = simulator.account(network, handle)["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return httpx.request(
            method,
            f"{self._url}{path}",
            headers=self.headers,
            verify=wire.get.keywords["verify"],
            trust_env=False,
            timeout=self.timeout,
            **sent,
        )

    def send(self, content: bytes, version: int = 2, **fields: str) -> httpx.Response:
        return self.request(
            "POST",
            f"/api/v{version}/media",
            data=fields,
            files={"file": ("f.bin", content)},
        )

    def upload(self, content: bytes = b"", version: int = 2) -> str:
        return self.send(content or png(), version).json()["id"]

    def toot(self, text: str, *media_ids: str) -> httpx.Response:
        body = {"status": text, "media_ids": media_ids}
        return self.request("POST", "/api/v1/statuses", json=body)


class BlueskyPoster:
    """On Bluesky."""

    #: Seconds to wait for an answer.
    timeout = 5.0

    def __init__(self, simulator, handle: str = "ann") -> None:
        given = simulator.account("bluesky", handle)
        self.url = f"{given['server']}/xrpc"
        body = {"identifier": given["identifier"], "password": given["app_password"]}
        session = wire.post(
            f"{self.url}/com.atproto.server.createSession", json=body
        ).json()
        self.did = session["did"]
        self.headers = {"Authorization": f"Bearer {session['accessJwt']}"}

    def upload(self, content: bytes, mime_type: str = "image/png") -> httpx.Response:
        headers = {**self.headers, "Content-Type": mime_type}
        url = f"{self.url}/{UPLOAD_BLOB}"
        return wire.post(url, content=content, headers=headers, timeout=self.timeout)

    def token(self, *, aud: str = "did:web:127.0.0.1", lxm=UPLOAD_BLOB, exp=600) -> str:
        asked = {"aud": aud, "lxm": lxm, "exp": int(time.time()) + exp}
        url = f"{self.url}/com.atproto.server.getServiceAuth"
        answer = wire.get(url, params=asked, headers=self.headers)
        return answer.json().get("token", answer.text)

    def send_video(self, content: bytes, token: str = "", **changes) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {token or self.token()}",
            "Content-Type": "video/mp4",
        }
        return wire.post(
            f"{self.url}/app.bsky.video.uploadVideo",
            params={"did": self.did, "name": "a.mp4", **changes},
            content=content,
            headers=headers,
        )

    def job(self, job_id: str) -> httpx.Response:
        url = f"{self.url}/app.bsky.video.getJobStatus"
        return wire.get(url, params={"jobId": job_id})

    def post(self, embed: Any, text: str = "", rkey="3l6oveex3ii2l") -> httpx.Response:
        record = {"$type": POST, "text": text, "createdAt": "2026-11-20T10:00:00Z"}
        body = {"repo": self.did, "collection": POST, "rkey": rkey}
        return wire.post(
            f"{self.url}/com.atproto.repo.putRecord",
            json={**body, "record": {**record, "embed": embed}},
            headers=self.headers,
        )
