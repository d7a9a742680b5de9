"""What posts ask of files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import MediaKind
from social_media.media.again import REST
from social_media.media.errors import CannotBeMade, NotMade
from social_media.media.renditions import facts_of, item_of, sent, want
from social_media.models import MediaFile, MediaRendition
from social_media.models.clock import database_now
from social_media.platforms.media import Facts, Recipe
from tests.factories import MediaFileFactory, MediaRenditionFactory
from tests.social_media.media.making import ready, uploaded, work

pytestmark = pytest.mark.django_db

RECIPE = Recipe(MediaKind.IMAGE, "image/jpeg", 100, 80, 1_000_000)
OTHER = Recipe(MediaKind.IMAGE, "image/jpeg", 100, 80, 900_000)


def test_facts_are_those_of_the_row():
    file = MediaFileFactory(transparent=True, content_type="image/png")
    assert facts_of(file) == Facts(
        kind=MediaKind.IMAGE,
        content_type="image/png",
        size=50_000,
        sha256=file.sha256,
        width=640,
        height=480,
        transparent=True,
    )


def test_nobody_looked_at_a_direct_upload_yet():
    with pytest.raises(NotMade):
        facts_of(MediaFileFactory(status="uploading", kind=""))
    failed = MediaFileFactory(status="failed", kind="", error_message="No picture.")
    with pytest.raises(CannotBeMade, match="No picture"):
        facts_of(failed)


def test_an_item_has_the_files_text_unless_it_has_its_own():
    file = MediaFileFactory(alt_text="A beach", focus_x=0.5, focus_y=0)
    assert (item_of(file).alt_text, item_of(file).focus) == ("A beach", (0.5, 0))
    assert item_of(file, alt_text="").alt_text == ""
    assert item_of(MediaFileFactory(focus_x=None)).focus is None
    assert item_of(file).id == str(file.pk)


def test_what_is_wanted_twice_is_made_once():
    file = MediaFileFactory()
    want(file, RECIPE)
    want(file, RECIPE)
    want(file, OTHER)
    rows = list(MediaRendition.objects.all())
    assert [row.key for row in rows] == [RECIPE.key, OTHER.key]
    assert [Recipe.of(row.recipe) for row in rows] == [RECIPE, OTHER]
    for row in rows:
        assert (row.status, row.size) == ("waiting", 0)
        assert row.due_at <= database_now()
    MediaRendition.objects.update(status="ready", due_at=None, size=1, file="x")
    want(file, RECIPE)
    assert set(MediaRendition.objects.values_list("due_at", flat=True)) == {None}


def test_nothing_is_wanted_of_a_file_that_failed():
    want(MediaFileFactory(status="failed"), RECIPE)
    assert not MediaRendition.objects.exists()


@pytest.mark.parametrize(
    ("code", "status"), [("not_made", "waiting"), ("too_detailed", "failed")]
)
def test_what_failed_by_our_fault_is_wanted_again(code, status):
    file = MediaFileFactory()
    MediaRenditionFactory(
        original=file, made=RECIPE, status="failed", error_code=code, tries=9
    )
    want(file, RECIPE)
    row = MediaRendition.objects.get()
    assert (row.status, row.due_at is not None) == (status, status == "waiting")


def test_what_is_sent(media_disk):
    file = ready()
    assert sent(file, None).source == file.file
    assert sent(file, None).facts == facts_of(file)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    assert work() == 1
    made = MediaRendition.objects.get()
    assert sent(file, RECIPE).source == made.file
    assert sent(file, RECIPE).facts == Facts.of(made.facts)
    made.refresh_from_db()
    assert made.facts["content_type"] == "image/jpeg"


@pytest.mark.parametrize("status", ["uploading", "processing"])
def test_nothing_is_sent_of_a_file_that_is_not_ready(status):
    file = MediaFileFactory(status=status)
    for recipe in (None, RECIPE):
        with pytest.raises(NotMade):
            sent(file, recipe)


def test_what_can_not_be_made_is_told():
    failed = MediaFileFactory(status="failed", error_message="It is damaged.")
    for recipe in (None, RECIPE):
        with pytest.raises(CannotBeMade, match="It is damaged"):
            sent(failed, recipe)
    made = MediaRenditionFactory(
        made=RECIPE, status="failed", error_code="x", error_message="Too detailed."
    )
    with pytest.raises(CannotBeMade, match="Too detailed"):
        sent(made.original, RECIPE)


def long_ago(rows, **changes):
    """As if what these rows show had happened before a rest."""
    rows.update(updated_at=database_now() - REST, **changes)


def test_what_failed_by_our_fault_is_made_for_a_post_that_needs_it(media_disk):
    file = ready()
    ours = {"status": "failed", "error_code": "storage_unavailable", "tries": 4}
    MediaRenditionFactory(original=file, made=RECIPE, **ours)
    with pytest.raises(CannotBeMade):
        sent(file, RECIPE)  # it failed just now
    long_ago(MediaRendition.objects)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    assert MediaRendition.objects.get().tries == 0
    MediaRendition.objects.update(updated_at=database_now(), due_at=None, **ours)
    with pytest.raises(CannotBeMade):
        sent(file, RECIPE)  # one round of tries was all it gets
    long_ago(MediaRendition.objects)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    assert work() == 1
    assert sent(file, RECIPE).facts.width == 100


def test_a_file_that_failed_by_our_fault_is_made_for_a_post_that_needs_it(media_disk):
    file = uploaded()
    want(file, RECIPE)
    failed = {"status": "failed", "error_code": "not_made", "due_at": None}
    MediaFile.objects.update(**failed)
    MediaRendition.objects.update(**failed)
    file.refresh_from_db()
    with pytest.raises(CannotBeMade):
        sent(file, RECIPE)
    long_ago(MediaFile.objects)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    assert work() == 2
    file.refresh_from_db()
    assert sent(file, RECIPE).facts.width == 100


def test_a_file_that_was_uploaded_anew_stays_as_it_is(media_disk):
    old = uploaded()
    long_ago(MediaFile.objects, status="failed", error_code="not_made", due_at=None)
    old.refresh_from_db()
    uploaded(workspace=old.workspace)
    with pytest.raises(CannotBeMade):
        sent(old, None)


def test_a_pause_is_no_reason_to_ask_again():
    file = MediaFileFactory()
    want(file, RECIPE)
    later = database_now() + timedelta(minutes=1)
    MediaRendition.objects.update(due_at=later)
    with pytest.raises(NotMade):
        sent(file, RECIPE)
    assert MediaRendition.objects.get().due_at == later
