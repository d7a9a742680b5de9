"""What an operator can do about files that failed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse

from social_media.models import ActivityLog, MediaFile, MediaRendition
from tests.factories import MediaFileFactory, MediaRenditionFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:social_media_mediafile_changelist")


def sign_in(client, *rights):
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(person)
    return person


def try_again(client, *files):
    chosen = {"action": "make_again", "_selected_action": [one.pk for one in files]}
    answer = client.post(PAGE, chosen)
    return [str(one) for one in get_messages(answer.wsgi_request)]


def failed(code="not_made", **given):
    return MediaFileFactory(status="failed", error_code=code, tries=4, **given)


def test_what_failed_by_our_fault_is_tried_again(client):
    person = sign_in(client, "view_mediafile", "change_mediafile")
    file = failed()
    MediaRenditionFactory(original=file, status="failed", error_code="not_made")
    bad, gone = failed("damaged"), failed(file="")
    assert try_again(client, file, bad, gone) == ["Trying again: 1 of 3."]
    file.refresh_from_db()
    assert (file.status, file.tries, file.error_code) == ("processing", 0, "")
    assert file.due_at is not None
    assert MediaRendition.objects.get().status == "waiting"
    assert MediaFile.objects.filter(status="failed").count() == 2
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.user, entry.thing_id) == (
        "media.updated",
        person,
        file.pk,
    )


def test_bytes_that_were_uploaded_anew_since_are_left_alone(client):
    sign_in(client, "view_mediafile", "change_mediafile")
    file = failed()
    MediaFileFactory(workspace=file.workspace, upload_sha256=file.upload_sha256)
    assert try_again(client, file) == ["Trying again: 0 of 1."]
    file.refresh_from_db()
    assert file.status == "failed"


def test_who_may_only_look_does_nothing(client):
    sign_in(client, "view_mediafile")
    file = failed()
    try_again(client, file)
    file.refresh_from_db()
    assert file.status == "failed"
