"""Words by which a workspace sorts its posts."""

from __future__ import annotations

import re
import unicodedata

from django.db import models

from accounts.ids import new_id
from accounts.models import Workspace

MAX_LABEL = 60


#: Turn around what stands behind them, in other names too.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def is_one_line(name: str) -> bool:
    """Whether it can be a name: one line that shows what it says.

    A list of labels has one a line. Separators, controls and joiners alone show
    nothing; inside a word or an emoji, joiners are needed.
    """
    kinds = {unicodedata.category(one) for one in name}
    seen = any(kind[0] not in "CZ" for kind in kinds)
    straight = "Cc" not in kinds and not _TURNING.search(name)
    return seen and straight and name.splitlines() == [name]


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
