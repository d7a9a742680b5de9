"""Labels."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from social_media.api.v1.fields import LabelNameField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.models import Label


class LabelNamesField(serializers.ListField):
    """The labels of a post, in order, out of rows."""

    child = serializers.CharField()

    def to_representation(self, data: Any) -> list[str]:
        """Their names."""
        return [row.name for row in sorted(data.all(), key=lambda row: row.key)]


class LabelSerializer(StrictModelSerializer):
    """A label and how many posts carry it."""

    posts = serializers.IntegerField(source="number", read_only=True)

    class Meta:
        model = Label
        fields = ("id", "name", "posts", "created_at")
        read_only_fields = fields


class LabelChangeSerializer(StrictSerializer):
    """What can be set about a label."""

    name = LabelNameField()
