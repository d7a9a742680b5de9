"""The activity log."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import ApiKey, User
from social_media.api.v1.serializers.strict import StrictModelSerializer
from social_media.enums import ActivityAction
from social_media.models import ActivityLog


class ActorSerializer(StrictModelSerializer):
    """Who did it."""

    class Meta:
        model = User
        fields = ("id", "email")
        read_only_fields = fields


class ActorKeySerializer(StrictModelSerializer):
    """With which API key."""

    class Meta:
        model = ApiKey
        fields = ("id", "name", "prefix")
        read_only_fields = fields


class ActivitySerializer(StrictModelSerializer):
    """One thing that was done; without `user` Stationmaster itself did it."""

    action = serializers.ChoiceField(ActivityAction.choices)
    user = ActorSerializer(allow_null=True)
    api_key = ActorKeySerializer(allow_null=True)
    details = serializers.DictField()

    class Meta:
        model = ActivityLog
        fields = (
            "id",
            "action",
            "thing_type",
            "thing_id",
            "message",
            "details",
            "user",
            "api_key",
            "created_at",
        )
        read_only_fields = fields
