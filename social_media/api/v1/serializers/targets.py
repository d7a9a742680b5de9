"""One post on one account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.api.v1.serializers.accounts import AccountBriefSerializer
from social_media.api.v1.serializers.places import PlaceSerializer, ThreadPlacesField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.enums import StepKind
from social_media.models import PostTarget, PublishAttempt, PublishStep
from social_media.posts.resolve import MAX_URL


class FailureSerializer(serializers.Serializer[Any]):
    """Why it is not out, or not yet: a code for programs, words for people."""

    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="error_message")


class StepSerializer(StrictModelSerializer):
    """One visible part; `remote_url` is empty until it stands on the network."""

    class Meta:
        model = PublishStep
        fields = ("position", "kind", "remote_url", "published_at")
        read_only_fields = fields


class ThreadField(serializers.ListField):
    """The 2nd, 3rd ... part, in order, out of rows."""

    child = serializers.CharField()

    def to_representation(self, data: Any) -> list[str]:
        """The texts."""
        return [part.content for part in data.all()]


class TargetSerializer(StrictModelSerializer):
    """Where one post stands on one account.

    `content` null: the post's own text and thread; `media` null: the post's own.
    """

    account = AccountBriefSerializer()
    thread = ThreadField(source="thread_parts")
    media = serializers.SerializerMethodField()
    thread_media = ThreadPlacesField(source="media")
    options = serializers.DictField()
    error = serializers.SerializerMethodField()
    steps = StepSerializer(many=True)

    class Meta:
        model = PostTarget
        fields = (
            "id",
            "post",
            "account",
            "content",
            "thread",
            "media",
            "thread_media",
            "first_comment",
            "options",
            "status",
            "due_at",
            "tries",
            "error",
            "remote_url",
            "posted_at",
            "steps",
        )
        read_only_fields = fields

    @extend_schema_field(PlaceSerializer(many=True, allow_null=True))
    def get_media(self, target: PostTarget) -> list[dict[str, Any]] | None:
        """Files of its own, null: those of the post itself."""
        if not target.own_media:
            return None
        rows = [row for row in target.media.all() if not row.part]
        return list(PlaceSerializer(rows, many=True, context=self.context).data)

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_error(self, target: PostTarget) -> dict[str, Any] | None:
        """The last error, null if there is none."""
        return failure_of(target)


class AttemptSerializer(StrictModelSerializer):
    """One try of one part. Without `outcome` it is running, or its answer was lost."""

    account = AccountBriefSerializer(source="target.account")
    kind = serializers.ChoiceField(
        StepKind.choices,
        source="step.kind",
        allow_null=True,
        default=None,
        help_text="null: the part was written anew since.",
    )
    error = serializers.SerializerMethodField()

    class Meta:
        model = PublishAttempt
        fields = (
            "id",
            "target",
            "account",
            "position",
            "kind",
            "opened_at",
            "closed_at",
            "outcome",
            "error",
            "http_status",
            "remote_id",
        )
        read_only_fields = fields

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_error(self, attempt: PublishAttempt) -> dict[str, Any] | None:
        """What went wrong, null if nothing did."""
        return failure_of(attempt)


def failure_of(row: PostTarget | PublishAttempt) -> dict[str, Any] | None:
    """The row's error, None if it has none."""
    return dict(FailureSerializer(row).data) if row.error_code else None


class ResolutionSerializer(StrictSerializer):
    """What a person found out about an unconfirmed target."""

    LIVE: ClassVar[str] = "live"
    SEND_AGAIN: ClassVar[str] = "send_again"

    decision = serializers.ChoiceField(
        [(LIVE, "It is live"), (SEND_AGAIN, "Send it again")]
    )
    url = serializers.URLField(
        max_length=MAX_URL, required=False, help_text="Where it is live."
    )

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """A link with `live`, none otherwise. Raises ValidationError."""
        live = attrs["decision"] == self.LIVE
        url = attrs.get("url", "")
        if live and not url:
            raise _wrong_url("Add the link of the post on the network.", "required")
        if not live and url:
            raise _wrong_url("A link belongs to live only.", "unexpected")
        if live and not url.startswith(("http://", "https://")):
            raise _wrong_url("The link must begin with https:// or http://.", "invalid")
        return attrs


def _wrong_url(message: str, code: str) -> serializers.ValidationError:
    detail = serializers.ErrorDetail(message, code=code)
    return serializers.ValidationError({"url": [detail]})
