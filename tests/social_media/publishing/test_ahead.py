"""Uploads ahead of the due time."""

from __future__ import annotations

import hashlib
import threading
import uuid
from datetime import timedelta

import pytest

from social_media.enums import ActivityAction, MediaKind, Platform, TargetStatus
from social_media.models import ActivityLog, PostMedia, PostTarget, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.errors import ContentRejected
from social_media.platforms.factory import strategy_for
from social_media.posts.compose import update_post
from social_media.posts.describe import describe_file
from social_media.posts.errors import InvalidDraft
from social_media.posts.schedule import cancel
from social_media.publishing import scan
from social_media.publishing.ahead import _take, upload_next, uploads_waiting
from social_media.publishing.claim import claim_next, claim_target
from social_media.publishing.lease import LeaseLost
from tests.media_samples import jpeg
from tests.pictures import bring_due, clip, later, picture, show, stored
from tests.slow_link import slow_link
from tests.social_media.posts.composing import problems
from tests.social_media.publishing.conftest import (
    due,
    failing,
    outcomes,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ahead(connected):
    """A target with two pictures, due in five minutes."""

    def make(platform=Platform.MASTODON, **account):
        target = due(connected(platform, **account))
        workspace = target.account.workspace
        files = [picture(workspace, number=n, alt_text=f"no. {n}") for n in (1, 2)]
        show(target.post, *files)
        later(target)
        return target

    return make


def uploads(simulator, platform=Platform.MASTODON):
    return [(one["alt_text"], one["sha256"]) for one in simulator.uploads(platform)]


@pytest.mark.parametrize("platform", Platform)
def test_uploads_are_done_before_the_time_and_one_call_remains(
    ahead, simulator, platform
):
    target = ahead(platform)
    assert uploads_waiting() == 1
    assert upload_next()
    held = simulator.uploads(platform)
    assert len(held) == 2
    assert (uploads_waiting(), upload_next()) == (0, False)
    target.refresh_from_db()
    assert (target.status, target.tries, target.prepare_at) == ("scheduled", 0, None)
    assert texts(simulator, target.account) == []
    bring_due(target)
    simulator.fault(network=platform, kind="error_before", on="upload")
    tick()
    [post] = simulator.posts(platform)
    files = [place.file for place in target.post.media.all()]
    assert [one["sha256"] for one in post["media"]] == [file.sha256 for file in files]
    assert [one["alt_text"] for one in post["media"]] == ["no. 1", "no. 2"]
    assert simulator.summary()["uploaded_again"] == 0


def test_nothing_is_uploaded_before_it_may_begin(ahead, simulator):
    target = ahead()
    PostTarget.objects.update(prepare_at=database_now() + timedelta(minutes=1))
    assert (uploads_waiting(), upload_next()) == (0, False)
    assert uploads(simulator) == []
    assert PostTarget.objects.get().preparing_token is target.preparing_token is None


def test_while_uploads_go_on_the_target_does_not_leave(ahead, simulator):
    """A second worker would upload all of it once more."""
    target = ahead()
    PostTarget.objects.filter(pk=target.pk).update(
        preparing_token=uuid.uuid4(),
        preparing_until=database_now() + timedelta(seconds=30),
    )
    bring_due(target)
    tick()
    target.refresh_from_db()
    assert (target.status, uploads(simulator)) == (TargetStatus.SCHEDULED, [])


def test_a_worker_that_died_while_it_uploaded_holds_nobody_up_for_long(
    ahead, simulator
):
    target = ahead()
    PostTarget.objects.filter(pk=target.pk).update(
        preparing_token=uuid.uuid4(),
        preparing_until=database_now() - timedelta(seconds=1),
    )
    bring_due(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert len(uploads(simulator)) == 2


@pytest.mark.alone
def test_a_storage_that_is_slower_than_the_lease_loses_nothing_and_doubles_nothing(
    connected, simulator, s3, settings, monkeypatch
):
    """What lies on S3 is fetched before its first byte goes to the network."""
    target = due(connected(Platform.MASTODON))
    data = jpeg(1200, 900, noise=True)
    facts = {"kind": MediaKind.IMAGE, "content_type": "image/jpeg"}
    size = {"width": 1200, "height": 900}
    show(target.post, stored(target.account.workspace, data, **facts, **size))
    later(target)
    first_is_through = threading.Event()

    def upload_first():
        upload_next()
        first_is_through.set()

    def look_for_work():
        taken = 0
        while not PostTarget.objects.exclude(preparing_token=None).exists():
            assert not first_is_through.wait(0.05)
        while not first_is_through.wait(0.2):
            taken += upload_next()
        return taken

    monkeypatch.setattr("social_media.media.store.BEAT_EVERY", 0.1)
    lease, settings.LEASE = settings.LEASE, timedelta(seconds=4)
    with slow_link(s3.url, rate=len(data) / 9) as url:
        media = s3.storage(MEDIA_S3_ENDPOINT=url)
        settings.STORAGES = {**settings.STORAGES, "media": media}
        _, taken = together(upload_first, look_for_work)
    assert (taken, len(uploads(simulator))) == (0, 1)
    settings.LEASE = lease
    bring_due(target)
    tick()
    [post] = simulator.posts(Platform.MASTODON)
    digest = hashlib.sha256(data).hexdigest()
    assert [one["sha256"] for one in post["media"]] == [digest]
    assert len(uploads(simulator)) == 1


def test_other_posts_of_the_account_leave_meanwhile(ahead, simulator):
    target = ahead()
    PostTarget.objects.filter(pk=target.pk).update(
        preparing_token=uuid.uuid4(),
        preparing_until=database_now() + timedelta(seconds=30),
    )
    PostTarget.objects.filter(pk=target.pk).update(
        due_at=database_now() - timedelta(minutes=1)
    )
    first, second = due(target.account, "one"), due(target.account, "two")
    tick()  # the second by the chain
    for other in (first, second):
        other.refresh_from_db()
        assert other.status == TargetStatus.POSTED
    assert texts(simulator, target.account) == ["one", "two"]
    assert claim_next(target.account_id) is None


def test_no_more_than_the_slots_allow_at_a_time(ahead, settings):
    settings.PREPARE_SLOTS = 1
    first, second = ahead(handle="ada"), ahead(handle="grace")
    PostTarget.objects.filter(pk=first.pk).update(
        preparing_token=uuid.uuid4(),
        preparing_until=database_now() + timedelta(seconds=30),
    )
    assert (uploads_waiting(), upload_next()) == (0, False)
    second.refresh_from_db()
    assert second.preparing_token is None


@pytest.mark.parametrize("change", ["edit", "cancel"])
def test_who_changes_the_post_stops_its_uploads(ahead, simulator, monkeypatch, change):
    target = ahead()
    strategy = strategy_for(target.account.platform)
    prepare, changed = strategy.prepare, threading.Event()

    def meanwhile(step, credentials, checkpoint):
        prepare_first = not changed.is_set()
        changed.set()
        if prepare_first and change == "edit":
            update_post(target.post, changes={"content": "Anew"}, user=None)
        elif prepare_first:
            cancel(target.post, user=None)
        prepare(step, credentials, checkpoint)

    monkeypatch.setattr(strategy, "prepare", meanwhile)
    assert upload_next()
    target.refresh_from_db()
    assert len(uploads(simulator)) == 1  # its handle could not be saved: it stopped
    assert target.preparing_token is None
    assert target.status == ("scheduled" if change == "edit" else "cancelled")
    assert target.steps.count() == 0 if change == "edit" else True


def test_what_an_edit_of_the_words_leaves_is_not_uploaded_again(ahead, simulator):
    target = ahead()
    upload_next()
    update_post(target.post, changes={"content": "Better words"}, user=None)
    assert target.steps.count() == 0
    bring_due(target)
    tick()
    assert texts(simulator, target.account) == ["Better words"]
    assert len(uploads(simulator)) == 2


def test_the_frozen_time_is_the_due_time(ahead, simulator):
    target = ahead(Platform.BLUESKY)
    upload_next()
    target.refresh_from_db()
    [step] = target.steps.all()
    assert step.payload["created_at"][:16] == target.due_at.isoformat()[:16]


@pytest.mark.parametrize(
    ("kind", "again"), [("error_before", 30), ("rate_limited", 60)]
)
def test_an_upload_that_fails_is_tried_again_and_costs_nothing(
    ahead, simulator, kind, again
):
    target = ahead()
    simulator.fault(network="mastodon", kind=kind, on="upload", calls=1)
    upload_next()
    target.refresh_from_db()
    waits = target.prepare_at - database_now()
    assert timedelta(seconds=again - 6) < waits < timedelta(seconds=again + 6)
    target.account.refresh_from_db()
    assert (target.tries, target.account.blocked_until) == (0, None)
    PostTarget.objects.update(prepare_at=database_now() - timedelta(seconds=1))
    upload_next()
    assert len(uploads(simulator)) == 2


def test_what_will_fail_at_its_time_is_told_before(ahead, simulator, monkeypatch):
    target = ahead()
    strategy = strategy_for(target.account.platform)
    refusal = ContentRejected("It shows too much.")
    monkeypatch.setattr(strategy, "prepare", failing(refusal))
    upload_next()
    target.refresh_from_db()
    assert (target.status, target.prepare_at) == (TargetStatus.SCHEDULED, None)
    [told] = ActivityLog.objects.filter(action=ActivityAction.TARGET_WARNED)
    assert told.message.endswith("tried again then: It shows too much.")
    assert outcomes(target) == []


def test_a_scan_lets_go_of_what_an_uploader_took_in_the_same_moment(
    ahead, simulator, monkeypatch
):
    """Chosen by the scan, taken by the uploader, locked by the scan."""
    target = ahead()
    bring_due(target)
    lock = scan._free

    def taken_first(targets, *, standing):
        PostTarget.objects.filter(pk__in=targets).update(
            preparing_token=uuid.uuid4(),
            preparing_until=database_now() + timedelta(seconds=30),
        )
        return lock(targets, standing=standing)

    monkeypatch.setattr(scan, "_free", taken_first)
    tick()
    target.refresh_from_db()
    assert (target.status, uploads(simulator)) == (TargetStatus.SCHEDULED, [])


def test_a_network_that_processes_for_ever_is_given_up(ahead, simulator, settings):
    target = ahead(Platform.X)
    simulator.configure(processing_seconds=3600)
    simulator.fault(network="x", kind="processing", on="media_status")
    PostMedia.objects.filter(post=target.post).delete()
    show(target.post, clip(target.account.workspace))
    upload_next()
    target.refresh_from_db()
    assert target.prepare_at > database_now()
    settings.PROCESSING_GIVE_UP_AFTER = timedelta(0)
    bring_due(target)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == ("failed", "processing_timeout")
    assert target.steps.get().checkpoint == {"uploads": {}}
    assert outcomes(target) == []


def test_what_the_network_processes_late_has_all_of_its_time(
    ahead, simulator, settings
):
    """A step may be days old before its upload begins: the account had to wait."""
    settings.PROCESSING_GIVE_UP_AFTER = timedelta(hours=2)
    target = ahead(Platform.X)
    PostMedia.objects.filter(post=target.post).delete()
    show(target.post, clip(target.account.workspace))
    simulator.fault(network="x", kind="rate_limited", on="upload", calls=1)
    upload_next()
    days_ago = uuid.UUID(int=(1 << 76) | (2 << 62))
    PublishStep.objects.filter(target=target).update(id=days_ago)
    simulator.configure(processing_seconds=3600)
    PostTarget.objects.update(prepare_at=database_now() - timedelta(seconds=1))
    upload_next()
    target.refresh_from_db()
    assert (target.status, target.error_code) == ("scheduled", "")
    assert "processing_since" in target.steps.get().checkpoint


def test_every_part_of_a_thread_is_begun_while_an_earlier_one_is_processed(
    connected, simulator
):
    target = due(connected(Platform.X), "one", thread=("two",))
    workspace = target.account.workspace
    show(target.post, clip(workspace))
    show(target.post, picture(workspace), part=1)
    later(target)
    simulator.configure(processing_seconds=3600)
    upload_next()
    assert [one["kind"] for one in simulator.uploads("x")] == ["video", "image"]


def test_a_better_text_goes_out_although_the_old_one_was_uploaded(ahead, simulator):
    target = ahead()
    upload_next()
    first = target.post.media.order_by("position").first().file
    describe_file(first, changes={"alt_text": "CORRECTED"}, user=None)
    target.refresh_from_db()
    assert (target.status, target.steps.count()) == ("scheduled", 0)
    assert target.prepare_at < database_now()
    upload_next()
    bring_due(target)
    tick()
    [post] = simulator.posts("mastodon")
    assert [one["alt_text"] for one in post["media"]] == ["CORRECTED", "no. 2"]
    assert len(uploads(simulator)) == 3  # the second picture was left alone


def test_a_text_that_is_too_long_for_a_scheduled_post_is_refused(ahead):
    target = ahead()
    file = target.post.media.first().file
    with pytest.raises(InvalidDraft) as told:
        describe_file(file, changes={"alt_text": "x" * 1501}, user=None)
    assert problems(told) == [("alt_text", "alt_text_too_long")]
    file.refresh_from_db()
    assert file.alt_text == "no. 1"


@pytest.mark.postgresql
def test_of_many_that_come_for_uploads_the_slots_let_in_so_many(ahead, settings):
    settings.PREPARE_SLOTS = 1
    for handle in ("ada", "grace", "alan"):
        ahead(handle=handle)
    taken = together(*[_take] * 3)
    assert len([lease for lease in taken if lease]) == 1


def test_an_uploader_that_stood_still_has_lost_the_target_for_good(ahead):
    target = ahead()
    stalled = _take()
    bring_due(target)
    PostTarget.objects.filter(pk=target.pk).update(
        preparing_until=database_now() - timedelta(seconds=1)
    )
    for batch in scan.scan():
        assert claim_target(batch[0]) is not None
    PostTarget.objects.filter(pk=target.pk).update(status=TargetStatus.SCHEDULED)
    with pytest.raises(LeaseLost):
        stalled.renew()


def test_a_limit_of_the_account_holds_for_its_other_uploads(ahead, simulator):
    first = ahead()
    second = due(first.account)
    show(second.post, picture(first.account.workspace, number=7))
    later(second)
    simulator.fault(network="mastodon", kind="rate_limited", on="upload", calls=1)
    assert upload_next()
    assert not upload_next()
    second.refresh_from_db()
    assert second.prepare_at > database_now() + timedelta(seconds=50)
