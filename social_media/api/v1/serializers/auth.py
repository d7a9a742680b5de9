"""People: joining, signing in, their own data."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import User
from social_media.api.v1.fields import TextField, ZoneField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.api.v1.serializers.workspaces import WorkspaceSerializer

#: Longer ones would only make hashing slow.
MAX_PASSWORD = 256


class PasswordField(TextField):
    """A password: never trimmed, never shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            write_only=True,
            trim_whitespace=False,
            max_length=MAX_PASSWORD,
            style={"input_type": "password"},
            **kwargs,
        )


class UserSerializer(StrictModelSerializer):
    """A person, as they see themselves."""

    class Meta:
        model = User
        fields = ("id", "email", "first_name", "last_name", "timezone", "date_joined")
        read_only_fields = fields


class RegisterSerializer(StrictSerializer):
    """What joining takes."""

    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    first_name = TextField(max_length=150, required=False, allow_blank=True)
    last_name = TextField(max_length=150, required=False, allow_blank=True)
    timezone = ZoneField(required=False)


class LoginSerializer(StrictSerializer):
    """What signing in takes. Any text is an address here: it just won't be found."""

    email = TextField(max_length=254)
    password = PasswordField()


class RefreshSerializer(StrictSerializer):
    """A refresh token."""

    refresh = TextField(max_length=4096)


class TokensSerializer(serializers.Serializer[Any]):
    """`access` is for calls, `refresh` for the next pair."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class SignedInSerializer(TokensSerializer):
    """The tokens and whose they are."""

    user = UserSerializer()


class RegisteredSerializer(SignedInSerializer):
    """The same and the new workspace."""

    workspace = WorkspaceSerializer()


class ProfileSerializer(StrictSerializer):
    """What people may change about themselves."""

    first_name = TextField(max_length=150, allow_blank=True)
    last_name = TextField(max_length=150, allow_blank=True)
    timezone = ZoneField()
    password = PasswordField(help_text="The new one; it ends every session.")
    current_password = PasswordField(help_text="Needed for a new password.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A new password needs the present one."""
        if "password" in attrs and "current_password" not in attrs:
            raise serializers.ValidationError(
                {"current_password": ["Send your present password too."]},
                code="required",
            )
        return attrs
