"""The words of errors can be stored, whatever a network sends."""

from __future__ import annotations

import pytest

from social_media.models import ConnectedAccount
from social_media.platforms.errors import ContentRejected
from tests.factories import ConnectedAccountFactory


@pytest.mark.django_db
def test_words_are_kept_without_what_no_column_holds():
    """NUL and halves of surrogate pairs: JSON may hold both."""
    error = ContentRejected("no\x00pe \ud83d!", code="Bad\x00Code\udc00")
    account = ConnectedAccountFactory(status_reason=error.message, handle=error.code)
    kept = ConnectedAccount.objects.get(pk=account.pk)
    assert (kept.status_reason, kept.handle) == ("nope !", "BadCode")
    assert str(error) == "nope !"


def test_other_words_stay_as_they_are():
    words = "Zu spät, 日本語 👩‍👩‍👧\nsecond line"
    assert ContentRejected(words).message == words
