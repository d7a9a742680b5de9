"""Members of a workspace."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import Membership
from accounts.roles import Role
from social_media.api.v1.serializers.posts import AuthorSerializer
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)


class MemberSerializer(StrictModelSerializer):
    """A person's part in the workspace."""

    user = AuthorSerializer()
    role = serializers.ChoiceField(Role.choices)

    class Meta:
        model = Membership
        fields = ("id", "user", "role", "created_at")
        read_only_fields = fields


class RoleSerializer(StrictSerializer):
    """A member's role; nobody gives one above their own."""

    role = serializers.ChoiceField(Role.choices)


class NewMemberSerializer(RoleSerializer):
    """Somebody who has registered, and their role."""

    email = serializers.EmailField(max_length=254)
