"""API keys."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import ApiKey
from accounts.roles import KEY_SCOPES, Permission
from social_media.api.v1.fields import AwareDateTimeField, ItemsField, TextField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)

SCOPES = [(scope.value, scope.label) for scope in Permission if scope in KEY_SCOPES]


class ApiKeySerializer(StrictModelSerializer):
    """A key, without what opens the door."""

    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id",
            "name",
            "prefix",
            "scopes",
            "created_by",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields


class NewApiKeySerializer(ApiKeySerializer):
    """The same with the key itself."""

    key = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="Shown this once; null when an Idempotency-Key repeats the call.",
    )

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "key")
        read_only_fields = fields


class ApiKeyOrderSerializer(StrictSerializer):
    """What a new key takes."""

    name = TextField(max_length=120)
    scopes = ItemsField(child=serializers.ChoiceField(SCOPES))
    expires_at = AwareDateTimeField(required=False, allow_null=True)
