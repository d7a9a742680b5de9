"""Asks where posts stand that their network could not tell of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import URLValidator

from social_media.models import PostTarget
from social_media.posts.resolve import MAX_URL


class LiveForm(forms.Form):
    """One link per target."""

    def __init__(self, targets: Iterable[PostTarget], given: Any = None) -> None:
        super().__init__(given)
        for target in targets:
            self.fields[_name(target)] = forms.CharField(
                label=f"“{target.post.content[:60]}” on {target.account}",
                max_length=MAX_URL,
                validators=[URLValidator(schemes=["http", "https"])],
                widget=forms.URLInput(attrs={"class": "vURLField"}),
            )

    def url_of(self, target: PostTarget) -> str:
        """The link given for `target`, of a valid form."""
        found: str = self.cleaned_data[_name(target)]
        return found


def _name(target: PostTarget) -> str:
    return f"url_{target.pk}"
