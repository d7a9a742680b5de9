"""Connecting accounts and keeping their sessions usable."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from atproto_client import models

from social_media.platforms.base import Credentials, Identity, Session
from social_media.platforms.bluesky import sign_in
from social_media.platforms.bluesky.failures import NOT_A_SERVER, SECOND_FACTOR
from social_media.platforms.bluesky.xrpc import Xrpc, bearer, signed
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
    Unavailable,
)
from social_media.platforms.transport import UnknownHost, deadline

logger = logging.getLogger(__name__)


class Accounts:
    """Sign-in by app password; the session is stored and refreshed, never remade."""

    def __init__(self, xrpc: Xrpc) -> None:
        self._xrpc = xrpc

    def verify(self, given: Mapping[str, str]) -> Identity:
        """As `Strategy.verify`."""
        identifier = sign_in.identifier_of(given.get("identifier") or "")
        password = sign_in.app_password_of(given.get("app_password") or "")
        typed = sign_in.server_of(given.get("server") or "")
        server = typed or self._xrpc.config.api_url
        answer = self._first_session(server, identifier, password)
        session = sign_in.session_of(answer, app_password=password)
        return self._identity(answer, session, self._home(answer, server))

    def check(self, credentials: Credentials) -> Identity:
        """As `Strategy.check`."""
        headers = signed(credentials)
        with self._xrpc.calling(credentials.server) as client:
            answer = client.com.atproto.server.get_session(headers=headers)
        sign_in.refuse_inactive(answer)
        session = sign_in.stored_session(credentials.secrets)
        return self._identity(answer, session, credentials.server)

    def refresh(self, credentials: Credentials) -> Session:
        """A new pair of tokens; by the app password where the old pair is dead."""
        with deadline(self._xrpc.config.deadline):
            answer = self._refreshed(credentials) or self._signed_in_again(credentials)
        sign_in.refuse_inactive(answer)
        return sign_in.session_of(
            answer, app_password=credentials.secrets.get("app_password", "")
        )

    def _identity(self, answer: Any, session: Session, server: str) -> Identity:
        profile = self._profile(answer.did, session, server)
        return Identity(
            remote_id=answer.did,
            handle=answer.handle,
            session=session,
            display_name=getattr(profile, "display_name", None) or "",
            avatar_url=getattr(profile, "avatar", None) or "",
            server=server,
            scopes=sign_in.scopes_of(session),
        )

    def _profile(self, did: str, session: Session, server: str) -> Any:
        """Name and picture; None from a server that hosts records and nothing else."""
        params = models.AppBskyActorGetProfile.Params(actor=did)
        headers = bearer(session.secrets["access_jwt"])
        try:
            with self._xrpc.calling(server) as client:
                return client.app.bsky.actor.get_profile(params, headers=headers)
        except PlatformError as error:
            logger.info("No profile from this server: %s", error.code)
            return None

    def _first_session(self, server: str, identifier: str, password: str) -> Any:
        """A session for what a person typed, errors named by the field to correct."""
        try:
            answer = self._create_session(server, identifier, password)
        except UnknownHost as error:
            if server == self._xrpc.config.api_url:
                raise  # nobody typed that one
            raise ContentRejected(error.message, code="server") from error
        except Unavailable as error:
            if error.code != NOT_A_SERVER:
                raise
            raise ContentRejected(
                "This server does not speak Bluesky's protocol.", code="server"
            ) from error
        except ContentRejected as error:
            field = "server" if error.code == "server" else "identifier"
            raise ContentRejected(error.message, code=field) from error
        except AuthenticationFailed as error:
            if error.code == SECOND_FACTOR:
                raise
            raise AuthenticationFailed(
                "Bluesky does not know this handle and app password together. Type "
                "the whole handle, such as alice.bsky.social.",
                http_status=error.http_status,
            ) from error
        sign_in.refuse_inactive(answer)
        return answer

    def _home(self, answer: Any, server: str) -> str:
        """The server that hosts the account, tried once if it is another than `server`.

        Signing in at bsky.social gives an account on one of many servers, and only
        that one reads its own writes. A DID document may name any address: the call
        passes the same guard as all others, before the account is stored.
        """
        home = sign_in.pds_of(answer)
        if not home or home == server:
            return server
        headers = bearer(answer.access_jwt)
        try:
            with self._xrpc.calling(home) as client:
                client.com.atproto.server.get_session(headers=headers)
        except ContentRejected as error:
            raise ContentRejected(error.message, code="server") from error
        return home

    def _refreshed(self, credentials: Credentials) -> Any:
        """The answer of refreshSession, None when the refresh token is dead."""
        token = credentials.secrets.get("refresh_jwt")
        if not token:
            return None
        try:
            with self._xrpc.calling(credentials.server) as client:
                return client.com.atproto.server.refresh_session(headers=bearer(token))
        except AuthenticationFailed:
            return None

    def _signed_in_again(self, credentials: Credentials) -> Any:
        # createSession is limited to 300 a day: only for a refresh token that is dead.
        password = credentials.secrets.get("app_password")
        if not password:
            raise AuthenticationFailed("This account has to be connected again.")
        return self._create_session(credentials.server, credentials.remote_id, password)

    def _create_session(self, server: str, identifier: str, password: str) -> Any:
        data = models.ComAtprotoServerCreateSession.Data(
            identifier=identifier, password=password
        )
        with self._xrpc.calling(server) as client:
            return client.com.atproto.server.create_session(data)
