"""Connected accounts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.api.v1.fields import TextField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.enums import AccountStatus, Platform
from social_media.models import ConnectedAccount
from social_media.oauth.credentials import without_secrets
from social_media.platforms.factory import strategy_for

#: The statuses that a person decides about.
SETTABLE = [(s.value, s.label) for s in (AccountStatus.ACTIVE, AccountStatus.PAUSED)]


class AccountBriefSerializer(StrictModelSerializer):
    """Enough of an account to show where a post goes."""

    platform = serializers.ChoiceField(Platform.choices)

    class Meta:
        model = ConnectedAccount
        fields: tuple[str, ...] = (
            "id",
            "platform",
            "handle",
            "display_name",
            "avatar_url",
            "label",
            "status",
        )
        read_only_fields = fields


class AccountLimitsSerializer(serializers.Serializer[Any]):
    """How long a post on this account may be."""

    max_length = serializers.IntegerField()
    length_unit = serializers.CharField()
    max_bytes = serializers.IntegerField(allow_null=True)


class AccountSerializer(AccountBriefSerializer):
    """One account on one network; its tokens are never shown."""

    scopes = serializers.ListField(child=serializers.CharField())
    settings = serializers.DictField(
        help_text="What the network said of itself, and what you set."
    )
    limits = serializers.SerializerMethodField()

    class Meta(AccountBriefSerializer.Meta):
        fields: tuple[str, ...] = (
            *AccountBriefSerializer.Meta.fields,
            "server",
            "remote_id",
            "status_reason",
            "blocked_until",
            "token_expires_at",
            "checked_at",
            "scopes",
            "settings",
            "limits",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(AccountLimitsSerializer)
    def get_limits(self, account: ConnectedAccount) -> dict[str, Any]:
        """As its server says, else as configured."""
        strategy = strategy_for(account.platform)
        can = strategy.capabilities(without_secrets(account))
        return dict(AccountLimitsSerializer(can).data)


class AccountSettingsSerializer(StrictSerializer):
    """What a person may set; null removes it."""

    max_length = serializers.IntegerField(
        min_value=1,
        max_value=1_000_000,
        allow_null=True,
        required=False,
        help_text="For plans with longer posts, where the network doesn't tell us.",
    )


class AccountChangeSerializer(StrictSerializer):
    """What can be changed about an account."""

    label = TextField(  # type: ignore[assignment]
        max_length=120, allow_blank=True, required=False
    )
    status = serializers.ChoiceField(
        SETTABLE,
        required=False,
        help_text="paused holds its posts back, active lets them go.",
    )
    settings = AccountSettingsSerializer(required=False)
