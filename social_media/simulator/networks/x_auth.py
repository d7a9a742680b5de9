"""Signing in to X: OAuth 2.0 with rotating refresh tokens, OAuth 1.0a by its token."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from social_media.simulator.networks.base import Network, Refusal, is_dead
from social_media.simulator.records import Account, Token
from social_media.simulator.world import now

ACCESS_SECONDS = 7200
REFRESH_SECONDS = 180 * 24 * 3600
SCOPES = "tweet.read tweet.write users.read media.write offline.access"

_OAUTH1_TOKEN = re.compile(r'oauth_token="([^"]+)"')

UNAUTHORIZED = {
    "title": "Unauthorized",
    "type": "about:blank",
    "status": 401,
    "detail": "Unauthorized",
}
DEAD_REFRESH = Refusal(
    400,
    {
        "error": "invalid_request",
        "error_description": "Value passed for the token was invalid.",
    },
)


class XAuth(Network):
    """The part of X that knows who is asking."""

    def credentials(self, account: Account, asked: Mapping[str, Any]) -> dict[str, str]:
        """OAuth 2.0 tokens, or OAuth 1.0a ones when `asked` says "oauth1": true."""
        if not asked.get("oauth1"):
            return self._token_pair(account)
        value = f"{account.id}-{secrets.token_urlsafe(30)}"
        self.issue(account, "access", value=value)
        return {
            "access_token": value,
            "access_token_secret": secrets.token_urlsafe(33),
        }

    def presented(self, request: web.Request) -> Token | None:
        header = request.headers.get("Authorization", "")
        match = _OAUTH1_TOKEN.search(header) if header.startswith("OAuth ") else None
        if match:
            return self.world.token(self.name, match.group(1))
        return super().presented(request)

    async def account_of(self, request: web.Request) -> Account | None:
        if request.path in ("/2/oauth2/token", "/2/oauth2/revoke"):
            form = await request.post()
            value = str(form.get("refresh_token") or form.get("token") or "")
            token = self.world.token(self.name, value)
            return self.world.owner(token) if token else None
        return await super().account_of(request)

    def signed_in(self, request: web.Request) -> Account:
        """Whose request it is. Raises Refusal (401)."""
        token = self.presented(request)
        if token is None or token.kind != "access" or is_dead(token):
            raise Refusal(401, UNAUTHORIZED)
        return self.world.owner(token)

    async def refresh(self, request: web.Request) -> web.Response:
        """POST /2/oauth2/token: each refresh token works once.

        Using one a second time kills everything that descends from the same sign-in.
        """
        form = await request.post()
        _check_client(request, form)
        if form.get("grant_type") != "refresh_token":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        token = self.world.token(self.name, str(form.get("refresh_token", "")))
        if token is not None and token.replaced_by:
            self.world.revoke_chain(token)
        if token is None or token.kind != "refresh" or is_dead(token):
            raise DEAD_REFRESH
        pair = self._token_pair(self.world.owner(token), replaces=token)
        return web.json_response(
            {
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "scope": SCOPES,
                **pair,
            }
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """POST /2/oauth2/revoke."""
        form = await request.post()
        _check_client(request, form)
        token = self.world.token(self.name, str(form.get("token", "")))
        if token is not None:
            self.world.revoke_chain(token)
        return web.json_response({"revoked": True})

    def _token_pair(
        self, account: Account, *, replaces: Token | None = None
    ) -> dict[str, str]:
        chain = replaces.chain if replaces else secrets.token_hex(8)
        access = self.issue(account, "access", lifetime=ACCESS_SECONDS, chain=chain)
        refresh = self.new_token(
            account, "refresh", lifetime=REFRESH_SECONDS, chain=chain
        )
        if replaces:
            self.world.replace_token(replaces, refresh, valid_until=now())
        else:
            self.world.add_token(refresh)
        return {"access_token": access.value, "refresh_token": refresh.value}


def _check_client(request: web.Request, form: Mapping[str, Any]) -> None:
    basic = request.headers.get("Authorization", "").startswith("Basic ")
    if not basic and not form.get("client_id"):
        raise Refusal(
            401,
            {
                "error": "unauthorized_client",
                "error_description": "Missing valid authorization header",
            },
        )
