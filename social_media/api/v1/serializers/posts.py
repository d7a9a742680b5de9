"""Posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from social_media.api.v1.fields import (
    AwareDateTimeField,
    ItemsField,
    MappingField,
    TextField,
)
from social_media.api.v1.serializers.accounts import AccountBriefSerializer
from social_media.api.v1.serializers.labels import LabelNamesField
from social_media.api.v1.serializers.origins import (
    OriginSerializer,
    PlaceInQueueSerializer,
)
from social_media.api.v1.serializers.places import (
    AttachmentsField,
    PlacesField,
    ThreadPlacesField,
    attachments_of,
    thread_attachments_of,
)
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.api.v1.serializers.targets import TargetSerializer, ThreadField
from social_media.enums import LatePolicy
from social_media.models import Post
from social_media.models.label import MAX_LABEL
from social_media.posts.composition import Composition, Destination
from social_media.posts.limits import (
    MAX_LABELS,
    MAX_LATE_MINUTES,
    MAX_PARTS,
    MAX_TARGETS,
    MAX_TEXT,
)
from social_media.posts.same_text import stored_warnings


class AuthorSerializer(StrictModelSerializer):
    """Who wrote it."""

    class Meta:
        model = User
        fields = ("id", "email", "first_name", "last_name")
        read_only_fields = fields


class PostSerializer(StrictModelSerializer):
    """A post and where it stands on each account.

    `queue` and `recurrence` say where its time comes from, null: from a person.
    """

    author = AuthorSerializer(allow_null=True)
    labels = LabelNamesField()
    queue = serializers.SerializerMethodField()
    recurrence = serializers.SerializerMethodField()
    thread = ThreadField(source="thread_parts")
    media = PlacesField()
    thread_media = ThreadPlacesField(source="media")
    targets = TargetSerializer(many=True)

    class Meta:
        model = Post
        fields: tuple[str, ...] = (
            "id",
            "content",
            "thread",
            "media",
            "thread_media",
            "first_comment",
            "status",
            "scheduled_time",
            "late_policy",
            "late_minutes",
            "labels",
            "author",
            "queue",
            "recurrence",
            "targets",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(PlaceInQueueSerializer(allow_null=True))
    def get_queue(self, post: Post) -> dict[str, Any] | None:
        """Its queue and the slot that it got, null if it is in none."""
        found = getattr(post, "queued", None)
        return dict(PlaceInQueueSerializer(found).data) if found else None

    @extend_schema_field(OriginSerializer(allow_null=True))
    def get_recurrence(self, post: Post) -> dict[str, Any] | None:
        """The occurrence that it was made for, null if none."""
        found = getattr(post, "occurrence", None)
        return dict(OriginSerializer(found).data) if found else None


class _Texts(ItemsField):
    child = TextField(max_length=MAX_TEXT, allow_blank=True)  # beside media

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "The 2nd, 3rd ... part of a thread.")
        super().__init__(required=False, max_length=MAX_PARTS, **kwargs)


class _ThreadMedia(ItemsField):
    child = AttachmentsField()

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Files of the 2nd, 3rd ... part, a list each.")
        super().__init__(required=False, max_length=MAX_PARTS, **kwargs)


class DestinationSerializer(StrictSerializer):
    """An account to publish on, and what differs there."""

    account = serializers.UUIDField(source="account_id")
    content = TextField(
        max_length=MAX_TEXT,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="null: the post's own text and thread.",
    )
    thread = _Texts()
    media = AttachmentsField(
        allow_null=True, help_text="null: those of the post itself."
    )
    thread_media = _ThreadMedia()
    first_comment = TextField(
        max_length=MAX_TEXT,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="null: the post's own.",
    )
    options = MappingField(required=False, help_text="Of the network: see /platforms.")


class PostOrderSerializer(StrictSerializer):
    """What a post is made of. Without a time it is a draft."""

    content = TextField(
        max_length=MAX_TEXT,
        required=False,
        allow_blank=True,
        help_text="May be left out where there are media.",
    )
    thread = _Texts()
    media = AttachmentsField()
    thread_media = _ThreadMedia()
    first_comment = TextField(max_length=MAX_TEXT, required=False, allow_blank=True)
    targets = ItemsField(
        child=DestinationSerializer(), required=False, max_length=MAX_TARGETS
    )
    scheduled_time = AwareDateTimeField(
        required=False, allow_null=True, help_text="null: a draft."
    )
    late_policy = serializers.ChoiceField(
        LatePolicy.choices,
        required=False,
        allow_blank=True,
        help_text="Empty: the workspace's.",
    )
    late_minutes = serializers.IntegerField(
        min_value=0,
        max_value=MAX_LATE_MINUTES,
        required=False,
        allow_null=True,
        help_text="null: the workspace's.",
    )
    labels = ItemsField(
        child=TextField(max_length=MAX_LABEL),
        required=False,
        max_length=MAX_LABELS,
        help_text="Names; those that differ by capitals only are one label.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Words are required where there is nothing to look at."""
        fields: dict[str, Any] = super().get_fields()
        given = getattr(self, "initial_data", None)
        if isinstance(given, dict) and not given.get("media"):
            fields["content"].required = True
        return fields

    def composition(self) -> Composition:
        """The whole, for a new post."""
        return Composition(**{"content": "", **self.changes()})

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as a Composition has them."""
        return changes_of(self.validated_data)


def changes_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Validated fields of a PostOrderSerializer, as a Composition has them."""
    found = _composed(given)
    if "targets" in found:
        made = (Destination(**_composed(one)) for one in found["targets"])
        found["targets"] = tuple(made)
    return found


def _composed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as a Composition has them."""
    found = dict(given)
    for name in ("thread", "labels"):
        if name in found:
            found[name] = tuple(found[name])
    if found.get("media") is not None:
        found["media"] = attachments_of(found["media"])
    if "thread_media" in found:
        found["thread_media"] = thread_attachments_of(found["thread_media"])
    return found


class ScheduleSerializer(StrictSerializer):
    """When."""

    scheduled_time = AwareDateTimeField()


class NothingSerializer(StrictSerializer):
    """A call without a body."""


class ProblemSerializer(serializers.Serializer[Any]):
    """One reason why it can't be published like this."""

    path = serializers.CharField(source="field", help_text='"targets.0.content"')
    code = serializers.CharField()
    message = serializers.CharField()


class WrittenPostSerializer(PostSerializer):
    """A post as it stands after a change, with what its writer may want to know.

    `warnings` stand in the way of nothing.
    """

    warnings = serializers.SerializerMethodField()

    class Meta(PostSerializer.Meta):
        fields = (*PostSerializer.Meta.fields, "warnings")
        read_only_fields = fields

    @extend_schema_field(ProblemSerializer(many=True))
    def get_warnings(self, post: Post) -> list[dict[str, Any]]:
        """Those of what is scheduled."""
        return list(ProblemSerializer(stored_warnings(post), many=True).data)


class MeasureSerializer(serializers.Serializer[Any]):
    """How long one text is, in the network's own unit."""

    path = serializers.CharField(source="field")
    length = serializers.IntegerField()
    limit = serializers.IntegerField()
    unit = serializers.CharField()


class MeasuredTargetSerializer(serializers.Serializer[Any]):
    """The texts of one target."""

    account = AccountBriefSerializer()
    parts = MeasureSerializer(many=True)


class ValidationSerializer(serializers.Serializer[Any]):
    """What every network says to a post; nothing is stored."""

    valid = serializers.BooleanField()
    problems = ProblemSerializer(many=True)
    warnings = ProblemSerializer(many=True)
    targets = MeasuredTargetSerializer(many=True)
