"""A creating call that is sent again gets its first answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from rest_framework.exceptions import ValidationError

from accounts.models import ApiKey
from social_media.api.v1 import idempotency
from social_media.models import ActivityLog, StoredAnswer
from tests.factories import MembershipFactory
from tests.social_media.api.callers import (
    client_of,
    client_with,
    error_of,
    fields_of,
    make_team,
)

PATH = "/api/v1/api-keys"
ORDER = {"name": "Script", "scopes": ["posts.read"]}


def send(client, key="k-1", body=ORDER, path=PATH, **headers):
    return client.post(path, body, headers={"Idempotency-Key": key, **headers})


@pytest.mark.django_db
def test_the_same_call_again_gets_the_first_answer(team):
    client = team.client("owner")

    first = send(client)
    second = send(client, body=dict(reversed(ORDER.items())), path=f"{PATH}/")

    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == first.json() | {"key": None}
    assert ApiKey.objects.count() == ActivityLog.objects.count() == 1


@pytest.mark.django_db
def test_a_secret_is_not_stored(team):
    made = send(team.client("owner")).json()

    assert made["key"] not in str(StoredAnswer.objects.values().get())


@pytest.mark.django_db
def test_without_the_header_each_call_creates(team):
    client = team.client("owner")

    for _ in range(2):
        assert client.post(PATH, ORDER).status_code == 201

    assert ApiKey.objects.count() == 2
    assert not StoredAnswer.objects.exists()


@pytest.mark.django_db
def test_the_same_key_for_another_request_is_refused(team):
    client = team.client("owner")
    send(client)

    answer = send(client, body=ORDER | {"name": "Other"})

    assert error_of(answer) == (422, "idempotency_key_reused")
    assert ApiKey.objects.count() == 1


@pytest.mark.django_db
def test_everybody_has_keys_of_their_own(team):
    send(team.client("owner"))
    second = MembershipFactory(user=team.people["owner"]).workspace

    others = [
        send(team.client("admin")),
        send(team.client("owner"), **{"X-Workspace": str(second.pk)}),
        send(team.client("stranger")),
    ]

    assert [answer.status_code for answer in others] == [201, 201, 201]
    assert not any("Idempotent-Replayed" in answer.headers for answer in others)


@pytest.mark.django_db
def test_an_error_is_not_stored(team):
    client = team.client("owner")

    assert fields_of(send(client, body=ORDER | {"scopes": []})) == {"scopes": ["empty"]}
    assert not StoredAnswer.objects.exists()
    assert send(client).status_code == 201


@pytest.mark.django_db
def test_a_crash_leaves_neither_the_row_nor_the_answer(team, monkeypatch):
    client = team.client("owner")
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(idempotency, "_keep", lambda *_: 1 / 0)
        assert send(client).status_code == 500

    assert not ApiKey.objects.exists()
    assert not StoredAnswer.objects.exists()
    assert send(client).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb"])
def test_a_key_that_can_not_be_kept(team, key):
    answer = send(team.client("owner"), key=key)

    assert fields_of(answer) == {"Idempotency-Key": ["invalid"]}


@pytest.mark.django_db
def test_who_may_not_create_gets_no_replay_either(team):
    send(team.client("owner"))

    answer = send(client_with(team.key()))

    assert error_of(answer) == (403, "person_only")


@pytest.mark.django_db
def test_an_answer_is_outdated_after_a_day(team):
    send(team.client("owner"))
    assert not StoredAnswer.objects.outdated().exists()

    kept = StoredAnswer.objects.get()
    kept.created_at -= timedelta(hours=24)
    kept.save(update_fields=["created_at"])

    assert StoredAnswer.objects.outdated().get() == kept


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_creates_and_the_others_get_its_answer():
    user = make_team().people["owner"]
    start = threading.Barrier(4)

    def call(_):
        try:
            client = client_of(user)
            start.wait(timeout=5)
            return send(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(call, range(4)))

    assert [answer.status_code for answer in answers] == [201] * 4
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert ApiKey.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_a_call_whose_first_is_still_running_is_told_so(monkeypatch):
    monkeypatch.setattr(idempotency, "_WAIT_MS", 50)
    team = make_team()
    user = team.people["owner"]

    def second():
        try:
            return send(client_of(user))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        StoredAnswer.objects.create(
            workspace=team.workspace, caller=user.pk, key="k-1", fingerprint="x"
        )
        answer = thread.submit(second).result(timeout=10)

    assert error_of(answer) == (409, "still_running")
    assert not ApiKey.objects.exists()


def test_the_mark_is_read_from_the_handler():
    @idempotency.idempotent()
    def marked(*_):
        raise ValidationError

    assert idempotency.is_idempotent(marked)
    assert not idempotency.is_idempotent(test_an_error_is_not_stored)
