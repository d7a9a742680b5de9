"""Signing in to a Bluesky PDS: app password, access and refresh JWT."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import (
    Network,
    Refusal,
    b64url,
    is_dead,
    json_object,
)
from social_media.simulator.records import Account, Token
from social_media.simulator.world import now

ACCESS_SECONDS = 120 * 60
REFRESH_SECONDS = 90 * 24 * 3600
#: A refresh token that was used stays good this long, for the same successor.
GRACE_SECONDS = 2 * 3600
SIGN_IN_LIMITS = (
    Window("createSession 5 min", 30, 300),
    Window("createSession day", 300, 86_400),
)
#: The largest blob that this PDS takes.
BLOB_BYTES = 5 * 1024 * 1024
CREATE_SESSION = "/xrpc/com.atproto.server.createSession"


def xrpc_error(status: int, error: str, message: str) -> Refusal:
    return Refusal(status, {"error": error, "message": message})


EXPIRED = xrpc_error(400, "ExpiredToken", "Token has expired")
INVALID = xrpc_error(400, "InvalidToken", "Token could not be verified")
MISSING = xrpc_error(401, "AuthMissing", "Authentication Required")


class BlueskyAuth(Network):
    """com.atproto.server and com.atproto.identity."""

    def canonical(self, handle: str) -> str:
        name = super().canonical(handle).lower()
        return name if "." in name else f"{name}.bsky.test"

    def remote_id(self, handle: str) -> str:
        digest = hashlib.sha256(handle.encode()).digest()
        return f"did:plc:{base64.b32encode(digest).decode().lower()[:24]}"

    def credentials(self, account: Account, asked: Mapping[str, Any]) -> dict[str, str]:
        return {
            "identifier": account.handle,
            "app_password": account.password,
            "server": self.url,
        }

    async def account_of(self, request: web.Request) -> Account | None:
        if request.path == CREATE_SESSION:
            body = await json_object(request)
            return self.find(str((body or {}).get("identifier", "")))
        return await super().account_of(request)

    def find(self, identifier: str) -> Account | None:
        """The account by handle or DID."""
        if identifier.startswith("did:"):
            return self.world.accounts.get((self.name, identifier))
        return self.world.account_by_handle(self.name, identifier.lstrip("@"))

    def signed_in(self, request: web.Request, kind: str = "access") -> Account:
        """Whose request it is. Raises Refusal."""
        return self.world.owner(self._live_token(request, kind))

    def _live_token(self, request: web.Request, kind: str) -> Token:
        if not request.headers.get("Authorization"):
            raise MISSING
        token = self.presented(request)
        if token is None or token.kind != kind:
            raise INVALID
        if is_dead(token):
            raise EXPIRED
        return token

    # Endpoints

    async def create_session(self, request: web.Request) -> web.Response:
        body = await json_object(request) or {}
        identifier, password = body.get("identifier"), body.get("password")
        if not isinstance(identifier, str) or not isinstance(password, str):
            raise xrpc_error(400, "InvalidRequest", "Input must have identifier")
        self._limit_sign_ins(identifier.lower())
        account = self.find(identifier)
        if account is None or not secrets.compare_digest(
            password.encode(), account.password.encode()
        ):
            raise xrpc_error(
                401, "AuthenticationRequired", "Invalid identifier or password"
            )
        chain = secrets.token_hex(8)
        refresh = self.world.add_token(self._jwt(account, "refresh", chain))
        return self._session(account, refresh)

    async def refresh_session(self, request: web.Request) -> web.Response:
        old = self._live_token(request, "refresh")
        account = self.world.owner(old)
        successor = self.world.token(self.name, old.replaced_by)
        if successor is None:
            successor = self.world.replace_token(
                old,
                self._jwt(account, "refresh", old.chain),
                valid_until=min(old.expires_at or 0, now() + GRACE_SECONDS),
            )
        return self._session(account, successor)

    async def get_session(self, request: web.Request) -> web.Response:
        return web.json_response(self._about(self.signed_in(request)))

    async def delete_session(self, request: web.Request) -> web.Response:
        self.world.revoke_chain(self._live_token(request, "refresh"))
        return web.Response()

    async def describe_server(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "did": "did:web:127.0.0.1",
                "availableUserDomains": [".bsky.test"],
                "inviteCodeRequired": False,
                "blobUploadLimit": BLOB_BYTES,
                "links": {},
                "contact": {},
            }
        )

    async def resolve_handle(self, request: web.Request) -> web.Response:
        account = self.find(request.query.get("handle", ""))
        if account is None:
            raise xrpc_error(400, "InvalidRequest", "Unable to resolve handle")
        return web.json_response({"did": account.id})

    async def get_profile(self, request: web.Request) -> web.Response:
        account = self.find(request.query.get("actor", ""))
        if account is None:
            raise xrpc_error(400, "InvalidRequest", "Profile not found")
        return web.json_response(
            {
                "did": account.id,
                "handle": account.handle,
                "displayName": account.handle.split(".")[0].title(),
                "avatar": f"{self.page_url}/avatar.svg",
                "followersCount": 0,
                "followsCount": 0,
                "postsCount": len(self.world.posts_of(account)),
            }
        )

    def _limit_sign_ins(self, identifier: str) -> None:
        if any(self.windows.is_used_up(identifier, w) for w in SIGN_IN_LIMITS):
            raise self.rate_limited()
        for window in SIGN_IN_LIMITS:
            self.windows.count(identifier, window)

    def _session(self, account: Account, refresh: Token) -> web.Response:
        access = self.world.add_token(self._jwt(account, "access", refresh.chain))
        tokens = {"accessJwt": access.value, "refreshJwt": refresh.value}
        return web.json_response({**tokens, **self._about(account)})

    def _about(self, account: Account) -> dict[str, Any]:
        return {
            "handle": account.handle,
            "did": account.id,
            "didDoc": {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": account.id,
                "alsoKnownAs": [f"at://{account.handle}"],
                "service": [
                    {
                        "id": "#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": self.url,
                    }
                ],
            },
            "emailConfirmed": True,
            "emailAuthFactor": False,
            "active": True,
        }

    def _jwt(self, account: Account, kind: str, chain: str) -> Token:
        access = kind == "access"
        lifetime = ACCESS_SECONDS if access else REFRESH_SECONDS
        issued = int(now())
        claims = {
            "scope": "com.atproto.appPass" if access else "com.atproto.refresh",
            "sub": account.id,
            "aud": "did:web:127.0.0.1",
            "jti": secrets.token_hex(12),
            "iat": issued,
            "exp": issued + lifetime,
        }
        head = {"typ": "at+jwt" if access else "refresh+jwt", "alg": "ES256K"}
        parts = [b64url(json.dumps(part).encode()) for part in (head, claims)]
        value = ".".join([*parts, b64url(secrets.token_bytes(64))])
        return self.new_token(
            account, kind, value=value, lifetime=lifetime, chain=chain
        )
