"""Reading and writing records in an account's repository."""

from __future__ import annotations

from typing import Any

from atproto_client import models

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky.xrpc import Xrpc, signed
from social_media.platforms.errors import ContentRejected, Unavailable


class Repository:
    """One account's records on its own server."""

    def __init__(self, xrpc: Xrpc, credentials: Credentials) -> None:
        self._xrpc = xrpc
        self._credentials = credentials

    def put(self, record: dict[str, Any], *, rkey: str, visible: bool = False) -> Any:
        """Write `record` to its collection; equal content twice changes nothing.

        Returns its `uri` and `cid`.
        """
        data = models.ComAtprotoRepoPutRecord.Data(
            repo=self._credentials.remote_id,
            collection=record["$type"],
            rkey=rkey,
            record=record,
        )
        headers = signed(self._credentials)
        with self._xrpc.calling(self._credentials.server, visible=visible) as client:
            return client.com.atproto.repo.put_record(data, headers=headers)

    def cid_of(self, collection: str, *, rkey: str) -> str:
        """The version of a record; ContentRejected (NO_SUCH_RECORD) if there is none.

        Reading is public: it works with a dead token too.
        """
        params = models.ComAtprotoRepoGetRecord.Params(
            repo=self._credentials.remote_id, collection=collection, rkey=rkey
        )
        with self._xrpc.calling(self._credentials.server) as client:
            cid: str | None = client.com.atproto.repo.get_record(params).cid
        if not cid:
            raise Unavailable("The server did not tell the version of the post.")
        return cid

    def did_of(self, handle: str) -> str | None:
        """Whom a handle belongs to, None when it belongs to nobody."""
        params = models.ComAtprotoIdentityResolveHandle.Params(handle=handle)
        try:
            with self._xrpc.calling(self._credentials.server) as client:
                did: str = client.com.atproto.identity.resolve_handle(params).did
        except ContentRejected:
            return None
        return did
