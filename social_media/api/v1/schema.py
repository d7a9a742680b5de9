"""How the API describes itself: sign-in, headers, errors and clean paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from social_media.api.v1.authentication import KEY_SCHEME
from social_media.api.v1.idempotency import HEADER, is_idempotent
from social_media.api.v1.permissions import WORKSPACE_HEADER
from social_media.api.v1.viewsets.scoped import WorkspaceScoped

Endpoint = tuple[str, str, str, Callable[..., Any]]

_WORKSPACE = OpenApiParameter(
    WORKSPACE_HEADER,
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="One of your workspaces; without it the one you joined first.",
)
_IDEMPOTENCY = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key and body again get the first answer, for 24 hours.",
)
_REASONS = {
    "400": "Something in the request is wrong; `fields` says what.",
    "401": "Nobody is signed in, or the token or key doesn't work.",
    "403": "The role, or the key's scopes, don't allow this.",
    "404": "There is no such thing in this workspace.",
    "409": "Not possible in the present state.",
    "413": "The body is larger than this server reads, or than there is room for.",
    "415": "The body is of another type than the one that is named here.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too many calls; Retry-After says when to go on.",
    "503": "What this needs can't be reached right now. The same call may work later.",
    "507": "The server's disk is full.",
}


_TEXT = {"type": "string"}
_CODE_AND_WORDS = {
    "type": "object",
    "properties": {"code": _TEXT, "message": _TEXT},
    "required": ["code", "message"],
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            **_CODE_AND_WORDS,
            "properties": {
                "code": {**_TEXT, "description": "Stable, for programs."},
                "message": {**_TEXT, "description": "Words for people."},
                "fields": {
                    "type": "object",
                    "description": "For 400 only, by dotted path: targets.0.content.",
                    "additionalProperties": {"type": "array", "items": _CODE_AND_WORDS},
                },
            },
        }
    },
    "required": ["error"],
}


class ErrorSerializer(serializers.Serializer[Any]):
    """The body of every answer from 400 up, as errors.py makes it."""


class ErrorShape(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Written out: a serializer can't declare a field that is called `fields`."""

    target_class = ErrorSerializer

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """The one error shape."""
        return _ERROR


class Schema(AutoSchema):
    """Adds what every call has: the headers it reads and the errors it may answer."""

    def get_override_parameters(self) -> list[Any]:
        """The headers that this call reads."""
        scoped = getattr(self.view, "reads_workspace_header", False)
        once = is_idempotent(self._handler())
        return [_WORKSPACE] * scoped + [_IDEMPOTENCY] * once

    def get_summary(self) -> str:
        """The first sentence of the description."""
        return re.split(r"\.\s|\.$", self.get_description(), maxsplit=1)[0]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._error_codes():
            reason = OpenApiResponse(ErrorSerializer, description=_REASONS[code])
            if code not in bodies:
                bodies[code] = self._get_response_for_code(reason, code)  # type: ignore[no-untyped-call]
        return bodies

    def _error_codes(self) -> list[str]:
        action = getattr(self.view, "action", "")
        codes = ["429", *getattr(self.view, "refusals", {}).get(action, ())]
        if self.method != "GET" or action:  # every viewset refuses unknown parameters
            codes.append("400")
        if self.method in {"POST", "PATCH"}:
            codes += ["413", "415"]
        if self.view.authentication_classes:
            codes += ["401", "403"]
        if isinstance(self.view, WorkspaceScoped) or "{" in self.path:
            codes.append("404")
        if is_idempotent(self._handler()):
            codes += ["409", "422"]
        return sorted(set(codes))

    def _handler(self) -> Any:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name, None)


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """People."""

    target_class = "social_media.api.v1.authentication.TokenAuthentication"
    name = "token"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Programs."""

    target_class = "social_media.api.v1.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """OpenAPI has no scheme for it but the bare header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"`{KEY_SCHEME} sm_...`",
        }


def without_trailing_slash(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Preprocessing hook: both forms of a path work, the schema shows the short one."""
    return [
        (path.rstrip("/"), regex, method, callback)
        for path, regex, method, callback in endpoints
        if path.startswith("/api/v1/")
    ]
