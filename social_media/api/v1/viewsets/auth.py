"""Joining, signing in and out, and one's own data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import User
from accounts.profile import update_profile
from accounts.register import register
from accounts.sign_in import sign_in
from accounts.tokens import (
    TokenRefused,
    Tokens,
    issue_tokens,
    revoke_token,
    rotate_tokens,
)
from social_media.api.v1.authentication import CHALLENGE
from social_media.api.v1.errors import translate
from social_media.api.v1.permissions import IsPerson, user_of
from social_media.api.v1.schema import ErrorSerializer
from social_media.api.v1.serializers.auth import (
    LoginSerializer,
    ProfileSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    SignedInSerializer,
    TokensSerializer,
    UserSerializer,
)
from social_media.api.v1.serializers.workspaces import workspace_json
from social_media.api.v1.throttles import AnonThrottle, SignInThrottle

_REFUSED = OpenApiResponse(
    ErrorSerializer, description="Refused; the answer is the same for every reason."
)


class OpenView(APIView):
    """For people who are not signed in yet; an old token in the header is no matter."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def get_authenticate_header(self, request: Request) -> str:
        """Keeps a refused sign-in a 401."""
        return CHALLENGE


class SignInView(OpenView):
    """Views at which a password could be guessed."""

    throttle_classes = (AnonThrottle, SignInThrottle)
    throttle_scope = "sign_in"


class RegisterView(SignInView):
    """Join."""

    @extend_schema(
        request=RegisterSerializer,
        responses={201: RegisteredSerializer},
        examples=[
            OpenApiExample(
                "A person in Berlin",
                request_only=True,
                value={
                    "email": "ada@example.org",
                    "password": "a long pass phrase",
                    "first_name": "Ada",
                    "timezone": "Europe/Berlin",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a person with a workspace of their own, and sign them in."""
        caller = register(**_checked(RegisterSerializer(data=request.data)))
        answer = _signed_in(caller.user, issue_tokens(caller.user))
        return Response({**answer, "workspace": workspace_json(caller)}, status=201)


class LoginView(SignInView):
    """Sign in."""

    @extend_schema(
        request=LoginSerializer,
        responses={200: SignedInSerializer, 401: _REFUSED},
        examples=[
            OpenApiExample(
                "Sign in",
                request_only=True,
                value={"email": "ada@example.org", "password": "a long pass phrase"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Get tokens for an address and its password."""
        given = _checked(LoginSerializer(data=request.data))
        user = sign_in(request._request, **given)
        if user is None:
            raise AuthenticationFailed(
                "This address and password don't fit together.", code="wrong_sign_in"
            )
        return Response(_signed_in(user, issue_tokens(user)))


class RefreshView(OpenView):
    """Stay signed in."""

    throttle_classes = (AnonThrottle,)

    @extend_schema(
        request=RefreshSerializer, responses={200: TokensSerializer, 401: _REFUSED}
    )
    def post(self, request: Request) -> Response:
        """Get the next pair of tokens; the given refresh token is spent by that."""
        given = _checked(RefreshSerializer(data=request.data))
        _, tokens = rotate_tokens(given["refresh"])
        return Response(asdict(tokens))


class LogoutView(OpenView):
    """Sign out."""

    throttle_classes = (AnonThrottle,)

    @extend_schema(request=RefreshSerializer, responses={204: None, 401: _REFUSED})
    def post(self, request: Request) -> Response:
        """Make a refresh token useless. Its access token ends by itself soon."""
        revoke_token(**_checked(RefreshSerializer(data=request.data)))
        return Response(status=204)


class MeView(APIView):
    """One's own data."""

    permission_classes = (IsPerson,)
    http_method_names = ("get", "patch", "head")

    @extend_schema(responses=UserSerializer)
    def get(self, request: Request) -> Response:
        """Who is signed in."""
        return Response(UserSerializer(user_of(request)).data)

    @extend_schema(request=ProfileSerializer(partial=True), responses=UserSerializer)
    def patch(self, request: Request) -> Response:
        """Change names, time zone or password."""
        serializer = ProfileSerializer(data=request.data, partial=True)
        changes = _checked(serializer)
        passwords = {
            name: changes.pop(name)
            for name in ("password", "current_password")
            if name in changes
        }
        user = update_profile(user_of(request), changes=changes, **passwords)
        return Response(UserSerializer(user).data)


@translate.register
def _(_error: TokenRefused) -> AuthenticationFailed:
    return AuthenticationFailed(
        "This refresh token is invalid, expired or spent. Sign in again.",
        code="token_not_valid",
    )


def _checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def _signed_in(user: User, tokens: Tokens) -> dict[str, Any]:
    return {**asdict(tokens), "user": UserSerializer(user).data}
