"""Uploads that the server can't look at right now."""

from __future__ import annotations

import pytest

from social_media.media import look, workshop
from tests import media_samples as samples
from tests.social_media.api.callers import error_of
from tests.social_media.api.uploading import upload
from tests.social_media.media.making import left_over, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team, media_disk):
    return team.client("editor")


def test_more_uploads_at_once_than_can_be_looked_at(
    client, media_disk, settings, monkeypatch
):
    settings.MEDIA_SLOTS = 2
    monkeypatch.setattr(look, "PATIENCE_SECONDS", 0.01)
    with look._turn():
        assert upload(client, samples.jpeg()).status_code == 201
        with look._turn():
            refused = upload(client, samples.png())
            assert error_of(refused) == (503, "busy")
            assert refused.headers["Retry-After"] == "5"
    assert (len(stored(media_disk)), left_over(media_disk)) == (1, [])
    assert upload(client, samples.png()).status_code == 201


def test_a_look_that_fails_is_no_fault_of_the_file(client, media_disk, monkeypatch):
    def fail(*_):
        raise workshop.WorkshopFailed("It crashed.")

    with monkeypatch.context() as patched:
        patched.setattr(workshop, "inspect", fail)
        for _ in range(9):  # it gives its place back
            answer = upload(client, samples.jpeg())
            assert error_of(answer) == (503, "not_looked_at")
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    assert upload(client, samples.jpeg()).status_code == 201
