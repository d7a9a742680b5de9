"""Rotation of the keys: online, interrupted, against concurrent refreshes."""

from __future__ import annotations

import hashlib
from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import TextField, Value
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from social_media.models import ConnectedAccount
from social_media.models.encrypted import SecretUnreadable
from social_media.oauth import rotation
from social_media.oauth.rotation import rotate
from tests.factories import ConnectedAccountFactory

pytestmark = pytest.mark.django_db

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def keys(settings):
    def use(*keys):
        settings.FIELD_ENCRYPTION_KEYS = list(keys)

    return use


def stored():
    rows = ConnectedAccount.objects.annotate(stored=Cast("secrets", TextField()))
    return dict(rows.values_list("pk", "stored"))


def under(key):
    """Accounts whose ciphertext `key` alone can read."""
    found = set()
    for pk, text in stored().items():
        try:
            Fernet(key).decrypt(text.encode())
        except InvalidToken:
            continue
        found.add(pk)
    return found


def run(**options):
    out = StringIO()
    call_command("rotate_secrets", stdout=out, **options)
    return out.getvalue().splitlines()


ONLY_KEY = (
    "It is the only key in FIELD_ENCRYPTION_KEYS and has to stay: put a new one in "
    "front of it first."
)
NOTHING_LEFT = (
    "Nothing was left to rewrite. Make sure that the fingerprint is the new key's, "
    "before you remove one."
)


def fingerprint(key):
    short = hashlib.sha256(key.encode()).hexdigest()[:8]
    return f"The newest key's fingerprint (SHA-256) is {short}."


def test_rotation_and_then_without_the_old_key(keys):
    accounts = [ConnectedAccountFactory(platform=name) for name in ("x", "bluesky")]
    ConnectedAccountFactory(status="disconnected")
    keys(NEW, OLD)
    fresh = ConnectedAccountFactory()
    assert run(batch=2) == [
        fingerprint(NEW),
        "2 of 3 accounts seen",
        "3 of 3 accounts seen",
        "2 rewritten, 1 under the newest key.",
        (
            "Older keys can be removed from FIELD_ENCRYPTION_KEYS. Keep them with the "
            "backups that were made under them."
        ),
    ]
    keys(NEW)
    for account in [*accounts, fresh]:
        assert ConnectedAccount.objects.get(pk=account.pk).secrets == account.secrets


def test_without_rotation_the_old_key_is_missed(keys):
    ConnectedAccountFactory()
    keys(NEW)
    with pytest.raises(SecretUnreadable):
        ConnectedAccount.objects.get()


def test_rows_under_the_newest_key_are_not_written(keys):
    ConnectedAccountFactory()
    before = stored()
    assert run()[-2] == "0 rewritten, 1 under the newest key."
    assert stored() == before


def test_the_only_key_stays(keys):
    ConnectedAccountFactory()
    keys(OLD)
    assert run() == [
        fingerprint(OLD),
        "1 of 1 accounts seen",
        "0 rewritten, 1 under the newest key.",
        (
            "It is the only key in FIELD_ENCRYPTION_KEYS and has to stay: put a new "
            "one in front of it first."
        ),
    ]


def test_nothing_rewritten_says_nothing_of_removing(keys):
    ConnectedAccountFactory()
    keys(OLD, NEW)
    assert run()[2:] == [
        "0 rewritten, 1 under the newest key.",
        (
            "Nothing was left to rewrite. Make sure that the fingerprint is the new "
            "key's, before you remove one."
        ),
    ]


def test_no_accounts(keys):
    keys(NEW, OLD)
    assert run()[1:] == [
        "0 rewritten, 0 under the newest key.",
        (
            "Nothing was left to rewrite. Make sure that the fingerprint is the new "
            "key's, before you remove one."
        ),
    ]


def test_unreadable_rows_are_named_after_the_rest_is_done(keys):
    keys(OTHER)
    lost = ConnectedAccountFactory()
    keys(OLD)
    tampered, whole = ConnectedAccountFactory(), ConnectedAccountFactory()
    text = stored()[tampered.pk]
    ConnectedAccount.objects.filter(pk=tampered.pk).update(
        secrets=Value(text[:-6] + "AAAA==", output_field=TextField())
    )
    keys(NEW, OLD)
    with pytest.raises(CommandError) as told:
        run(batch=1)
    assert told.value.returncode == 1
    assert str(told.value) == (
        "No key in FIELD_ENCRYPTION_KEYS fits 2 of them. Put the key that wrote them "
        "back into the list and run this again, or connect these accounts again: "
        f"{lost.pk}, {tampered.pk}"
    )
    assert under(NEW) == {whole.pk}


def test_interrupted_and_started_again(keys):
    for _ in range(5):
        ConnectedAccountFactory()
    keys(NEW, OLD)
    running = rotate(batch=2)
    next(running)
    running.close()
    assert len(under(NEW)) == 2
    assert run(batch=2)[-2] == "3 rewritten, 2 under the newest key."
    assert len(under(NEW)) == 5


@pytest.mark.parametrize("writer", [(OLD,), (NEW, OLD)])
def test_a_refresh_meanwhile_is_never_overwritten(keys, monkeypatch, writer):
    """Between our read and our write; by a process with the old or the new keys."""
    account = ConnectedAccountFactory()
    keys(NEW, OLD)
    really, refreshed = rotation.rotated, []

    def refresh_between(text):
        fresh = really(text)
        if not refreshed:
            keys(*writer)
            refreshed.append(
                ConnectedAccount.objects.filter(pk=account.pk).update(
                    secrets={"access_token": "refreshed"}
                )
            )
            keys(NEW, OLD)
        return fresh

    monkeypatch.setattr(rotation, "rotated", refresh_between)
    run()
    assert refreshed == [1]
    keys(NEW)
    assert ConnectedAccount.objects.get().secrets == {"access_token": "refreshed"}


def test_an_account_disconnected_meanwhile_stays_so(keys, monkeypatch):
    account = ConnectedAccountFactory()
    keys(NEW, OLD)
    really = rotation.rotated

    def disconnect_between(text):
        ConnectedAccount.objects.filter(pk=account.pk).update(
            status="disconnected", secrets=None
        )
        return really(text)

    monkeypatch.setattr(rotation, "rotated", disconnect_between)
    assert run()[-2] == "0 rewritten, 1 under the newest key."
    assert ConnectedAccount.objects.get().secrets is None


def test_nothing_but_the_ciphertext_is_written(keys):
    ConnectedAccountFactory()
    (before,) = ConnectedAccount.objects.defer("secrets").values()
    keys(NEW, OLD)
    run()
    (after,) = ConnectedAccount.objects.values()
    before.pop("secrets", None)
    after.pop("secrets")
    assert after == before


def test_the_number_of_queries_follows_the_batches(keys):
    for _ in range(4):
        ConnectedAccountFactory()
    with CaptureQueriesContext(connection) as queries:
        run(batch=2)
    assert len(queries) == 1 + 3  # the count; two batches and the empty end


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(CommandError, match=r"^--batch must be 1 or more\.$"):
        run(batch=0)
