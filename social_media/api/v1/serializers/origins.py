"""Where the time of a post comes from."""

from __future__ import annotations

from rest_framework import serializers

from social_media.api.v1.serializers.strict import StrictModelSerializer
from social_media.models import Occurrence, QueuedPost


class PlaceInQueueSerializer(StrictModelSerializer):
    """A queue and the slot that it gave."""

    id = serializers.UUIDField(source="queue_id")
    name = serializers.CharField(source="queue.name")

    class Meta:
        model = QueuedPost
        fields = ("id", "name", "slot_at")
        read_only_fields = fields


class OriginSerializer(StrictModelSerializer):
    """The occurrence of a recurring schedule. `edited`: a person changed its post."""

    schedule = serializers.UUIDField(source="schedule_id")

    class Meta:
        model = Occurrence
        fields = ("schedule", "occurs_at", "number", "edited")
        read_only_fields = fields
