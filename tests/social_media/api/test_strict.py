"""What a call doesn't take is refused, never ignored."""

from __future__ import annotations

from rest_framework import serializers

from social_media.api.v1.errors import body_of
from social_media.api.v1.serializers.strict import StrictSerializer


class InnerSerializer(StrictSerializer):
    name = serializers.CharField()


class OuterSerializer(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    count = serializers.IntegerField()
    inner = InnerSerializer(many=True, required=False)


def codes(data):
    serializer = OuterSerializer(data=data)
    serializer.is_valid()
    return serializer.errors and {
        name: [getattr(one, "code", one) for one in found]
        for name, found in serializer.errors.items()
    }


def test_what_is_known_passes():
    assert codes({"count": 1, "inner": [{"name": "a"}]}) == {}


def test_unknown_and_read_only_fields_are_told_apart():
    assert codes({"count": 1, "id": 2, "more": 3}) == {
        "id": ["read_only"],
        "more": ["unknown_field"],
    }


def test_all_that_is_wrong_is_told_at_once():
    assert codes({"count": "x", "more": 3}) == {
        "count": ["invalid"],
        "more": ["unknown_field"],
    }


def test_inner_objects_are_as_strict():
    serializer = OuterSerializer(
        data={"count": 1, "inner": [{"name": "a"}, {"name": "b", "x": 1}]}
    )

    assert not serializer.is_valid()
    error = body_of(serializers.ValidationError(serializer.errors))["error"]
    assert error["fields"] == {
        "inner.1.x": [{"code": "unknown_field", "message": "There is no such field."}]
    }


def test_what_is_no_object_is_refused():
    assert codes([1]) == {"non_field_errors": ["invalid"]}
