"""Everything that is published belongs to one workspace."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.ids import new_id
from accounts.loaded import loaded
from accounts.models.user import User
from accounts.roles import Role
from accounts.zones import validate_zone


class LateDefault(models.TextChoices):
    """What a new post does when it could not leave in time."""

    PUBLISH = "publish", "Publish, however late"
    SKIP = "skip", "Skip when too late"
    HOLD = "hold", "Hold and ask when too late"


class Workspace(models.Model):
    """A team's room: accounts, posts, members and defaults."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_zone]
    )
    late_policy = models.CharField(
        max_length=10, choices=LateDefault.choices, default=LateDefault.PUBLISH
    )
    late_minutes = models.PositiveIntegerField(
        default=60, help_text="Minutes after which a post counts as too late."
    )
    paused_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing leaves it."
    )
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="accounts.Membership",
        related_name="workspaces",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "user"), name="one_membership_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{loaded(self, 'user')} is {self.role} of {loaded(self, 'workspace')}"
