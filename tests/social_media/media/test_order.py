"""Which of what is due is made first, and by how many at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import MediaKind
from social_media.media import make
from social_media.media.errors import StorageAway
from social_media.media.renditions import want
from social_media.media.work import AT_ONCE, due_count, make_due
from social_media.models import MediaFile, MediaRendition
from social_media.models.clock import database_now
from social_media.platforms.media import Recipe
from tests import media_samples as samples
from tests.factories import MediaFileFactory, WorkspaceFactory
from tests.social_media.media.making import uploaded, work

pytestmark = pytest.mark.django_db

SMALL = Recipe(MediaKind.IMAGE, "image/jpeg", 100, 75, 1_000_000)
VIDEO = Recipe(MediaKind.VIDEO, "video/mp4", 64, 48, 1_000_000)


@pytest.fixture
def fetched(monkeypatch):
    """Names of what is begun, in that order; nothing is made of it."""
    names = []

    def away(name, *_):
        names.append(name)
        raise StorageAway

    monkeypatch.setattr("social_media.media.process.fetch", away)
    monkeypatch.setattr("social_media.media.make.fetch", away)
    return names


def waiting(workspace, count):
    """Names of that many files that wait, the longest due first."""
    return [
        MediaFileFactory(status="processing", workspace=workspace).file
        for _ in range(count)
    ]


def test_the_longest_due_comes_first(media_disk, fetched):
    rendition_of = MediaFileFactory()
    young, old = uploaded(samples.png()), uploaded(samples.jpeg())
    want(rendition_of, SMALL)
    for rows, hours in (
        (MediaFile.objects.filter(pk=old.pk), 2),
        (MediaRendition.objects.all(), 1),
    ):
        rows.update(due_at=database_now() - timedelta(hours=hours))
    work()
    assert fetched == [old.file, rendition_of.file, young.file]


def test_workspaces_take_turns(fetched):
    many = waiting(WorkspaceFactory(), 4)
    few = waiting(WorkspaceFactory(), 2)
    one = waiting(WorkspaceFactory(), 1)
    work()
    first, second = [many[0], few[0], one[0]], [many[1], few[1]]
    assert fetched == [*first, *second, *many[2:]]


def test_what_is_quick_goes_before_transcodes(fetched):
    videos = [MediaFileFactory(kind="video") for _ in range(2)]
    for video in videos:
        want(video, VIDEO)
    picture = MediaFileFactory()
    want(picture, SMALL)
    (cleaned,) = waiting(WorkspaceFactory(), 1)
    work()
    assert fetched == [picture.file, cleaned, videos[0].file, videos[1].file]


@pytest.mark.parametrize(("slots", "made"), [(2, 1), (3, 2)])
def test_transcodes_leave_a_slot(fetched, monkeypatch, settings, slots, made):
    """While one is made, another thread finds a picture and one more video."""
    settings.MEDIA_SLOTS = slots
    for _ in range(2):
        want(MediaFileFactory(kind="video"), VIDEO)
    others = []
    away = make.fetch

    def meanwhile(*given):
        if not others:
            others.append("at work")
            waiting(WorkspaceFactory(), 1)
            others.append(work())
        away(*given)

    monkeypatch.setattr("social_media.media.make.fetch", meanwhile)
    make_due(stopping=lambda: len(others) == 2)
    assert others == ["at work", made]


def test_the_only_slot_transcodes(fetched, settings):
    settings.MEDIA_SLOTS = 1
    video = MediaFileFactory(kind="video")
    want(video, VIDEO)
    assert (work(), fetched) == (1, [video.file])


def test_some_in_a_row_then_others_have_their_turn(fetched):
    for number in range(AT_ONCE + 1):
        MediaFileFactory(status="processing", file=f"uploads/{number}")
    assert (work(), len(fetched)) == (AT_ONCE, AT_ONCE)
    assert (due_count(5), work()) == (1, 1)
