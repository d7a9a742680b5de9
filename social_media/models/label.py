"""Words by which a workspace sorts its posts."""

from __future__ import annotations

from django.db import models

from accounts.ids import new_id
from accounts.models import Workspace

MAX_LABEL = 60


def is_one_line(name: str) -> bool:
    """Whether it can be a label: a list of them has one a line."""
    return name.splitlines() == [name]


def key_of(name: str) -> str:
    """What two spellings of one label have in common. Some letters grow to three."""
    return name.casefold()


class Label(models.Model):
    """A word of one workspace; any number of posts carry it.

    `key` is the name in small letters: one label, however it is spelled.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="labels",
        db_index=False,  # one_label_per_name begins with it
    )
    name = models.CharField(max_length=MAX_LABEL)
    key = models.CharField(max_length=3 * MAX_LABEL, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "key"), name="one_label_per_name"
            ),
        )

    def __str__(self) -> str:
        return self.name
