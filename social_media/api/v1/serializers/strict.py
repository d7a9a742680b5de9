"""Base serializers: what a call doesn't take is refused, never ignored."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from social_media.api.v1.fields import NOT_AN_OBJECT, AwareDateTimeField


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it doesn't know and fields that can only be read.

    An item of a list is given as a whole: a change of the thing around it
    (`partial=True`) lets no item lack what is required.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": NOT_AN_OBJECT}

    def to_internal_value(self, data: Any) -> Any:
        """Checked values. Raises ValidationError that names every refused field."""
        refused = self._refused(data) if isinstance(data, dict) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if refused and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **refused}) from None
            raise
        if refused:
            raise serializers.ValidationError(refused)
        return value

    def _refused(self, data: dict[str, Any]) -> dict[str, list[ErrorDetail]]:
        taken = {name for name, field in self.fields.items() if not field.read_only}
        refused = {name: [self._reason(name)] for name in data if name not in taken}
        return refused | self._lacking(data)

    def _lacking(self, data: dict[str, Any]) -> dict[str, list[ErrorDetail]]:
        if not isinstance(self.parent, serializers.ListField):
            return {}
        return {
            name: [ErrorDetail(str(field.error_messages["required"]), code="required")]
            for name, field in self.fields.items()
            if field.required and name not in data
        }

    def _reason(self, name: str) -> ErrorDetail:
        if name in self.fields:
            return ErrorDetail("This field can't be set.", code="read_only")
        return ErrorDetail("There is no such field.", code="unknown_field")


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """The same for models; times need an offset."""

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: AwareDateTimeField,
    }
