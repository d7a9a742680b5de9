"""Secrets at rest."""

from __future__ import annotations

import base64
import json
import pickle

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast

from social_media.models import ConnectedAccount
from social_media.models.encrypted import SecretUnreadable, decrypt, encrypt, rotated
from tests.factories import ConnectedAccountFactory

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def keys(settings):
    def use(*keys):
        settings.FIELD_ENCRYPTION_KEYS = list(keys)

    return use


def ciphertext():
    """What the database has, past the field."""
    rows = ConnectedAccount.objects.annotate(stored=Cast("secrets", TextField()))
    return rows.values_list("stored", flat=True).get()


def write_raw(text):
    ConnectedAccount.objects.update(secrets=Value(text, output_field=TextField()))


@pytest.mark.parametrize(
    "value",
    [
        {"access_token": "abc", "nested": {"list": [1, 2.5, True, None]}},
        {"ünïcödé": "日本語 🚉"},
        {"control": "\x00\ud800"},
        {},
        [],
        "text",
        0,
        False,
    ],
)
@pytest.mark.django_db
def test_what_is_written_is_read(value):
    ConnectedAccountFactory(secrets=value)
    assert ConnectedAccount.objects.get().secrets == value


@pytest.mark.django_db
def test_none_stays_null():
    ConnectedAccountFactory(secrets=None)
    assert ConnectedAccount.objects.get().secrets is None
    assert ConnectedAccount.objects.filter(secrets__isnull=True).count() == 1
    assert ConnectedAccount.objects.filter(secrets__isnull=False).count() == 0


@pytest.mark.django_db
def test_the_database_sees_only_ciphertext():
    ConnectedAccountFactory(secrets={"access_token": "very-secret"})
    stored = ciphertext()
    assert stored.startswith("gAAAAA")
    assert b"very-secret" not in base64.urlsafe_b64decode(stored)


@pytest.mark.django_db
def test_every_way_of_writing_encrypts():
    account = ConnectedAccountFactory(secrets={"by": "create"})
    seen = [ciphertext()]
    ConnectedAccount.objects.update(secrets={"by": "update"})
    seen.append(ciphertext())
    account.secrets = {"by": "save"}
    account.save(update_fields=["secrets"])
    seen.append(ciphertext())
    account.secrets = {"by": "bulk_update"}
    ConnectedAccount.objects.bulk_update([account], ["secrets"])
    seen.append(ciphertext())
    values = [decrypt(text)["by"] for text in seen]
    assert values == ["create", "update", "save", "bulk_update"]


def test_equal_values_have_different_ciphertexts():
    assert encrypt("same") != encrypt("same")


@pytest.mark.parametrize(
    "lookup",
    [
        {"secrets": {"a": 1}},
        {"secrets": None},
        {"secrets__exact": "x"},
        {"secrets__in": ["x"]},
        {"secrets__contains": "x"},
        {"secrets__startswith": "gAAAA"},
        {"secrets__gt": "x"},
        {"secrets__length": 3},
        {"secrets__access_token": "x"},
    ],
)
def test_look_ups_are_refused(lookup):
    with pytest.raises(FieldError, match=r"^secrets is encrypted: \w+ can't work on"):
        ConnectedAccount.objects.filter(**lookup)


@pytest.mark.django_db
def test_it_is_never_serialised():
    account = ConnectedAccountFactory()
    with pytest.raises(FieldError, match=r"^secrets is secret and can't be serialised"):
        serializers.serialize("json", [account])


@pytest.mark.django_db
def test_nothing_printed_shows_it():
    account = ConnectedAccountFactory(secrets={"access_token": "very-secret"})
    shown = f"{account} {account!r} {ConnectedAccount.objects.all()!r}"
    assert "very-secret" not in shown


@pytest.mark.django_db
def test_the_newest_key_writes_and_every_key_reads(keys):
    keys(OLD)
    account = ConnectedAccountFactory(secrets={"n": 1})
    keys(NEW, OLD)
    assert ConnectedAccount.objects.get().secrets == {"n": 1}
    account.secrets = {"n": 2}
    account.save()
    assert json.loads(Fernet(NEW).decrypt(ciphertext())) == {"n": 2}


@pytest.mark.django_db
def test_a_wrong_key_raises_with_words_and_no_ciphertext(keys):
    keys(OLD)
    ConnectedAccountFactory()
    stored = ciphertext()
    keys(OTHER)
    with pytest.raises(SecretUnreadable) as told:
        ConnectedAccount.objects.get()
    assert str(told.value) == (
        "A stored secret can't be read with the keys in FIELD_ENCRYPTION_KEYS. "
        "Put the key that it was written with back into the list."
    )
    assert stored not in repr(told.value)
    assert told.value.__cause__ is None
    for way in (
        lambda: list(ConnectedAccount.objects.values("secrets")),
        lambda: list(ConnectedAccount.objects.values_list(F("secrets"))),
        lambda: ConnectedAccount.objects.defer("secrets").get().secrets,
    ):
        with pytest.raises(SecretUnreadable):
            way()


@pytest.mark.django_db
def test_rows_are_found_and_changed_without_the_key(keys):
    keys(OLD)
    ConnectedAccountFactory()
    keys(OTHER)
    account = ConnectedAccount.objects.connected().get()
    account.label = "still works"
    account.save(update_fields=["label"])
    keys(OLD)
    stored = ConnectedAccount.objects.get()
    assert (stored.label, "access_token" in stored.secrets) == ("still works", True)


def tampered(stored):
    raw = bytearray(base64.urlsafe_b64decode(stored))
    raw[len(raw) // 2] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode()


@pytest.mark.parametrize(
    "spoil",
    [
        tampered,
        lambda stored: stored[:-10],
        lambda stored: stored + "AAAA",
        lambda _: "",
        lambda _: '{"access_token": "plain"}',
        lambda _: "gAAAAA é \U0001f689",
    ],
)
@pytest.mark.django_db
def test_whatever_is_no_ciphertext_of_ours_raises(spoil):
    ConnectedAccountFactory()
    write_raw(spoil(ciphertext()))
    with pytest.raises(SecretUnreadable):
        ConnectedAccount.objects.get()
    with pytest.raises(SecretUnreadable):
        rotated(ciphertext())


def test_rotated(keys):
    keys(OLD)
    stored = encrypt({"n": 1})
    keys(NEW, OLD)
    fresh = rotated(stored)
    assert json.loads(Fernet(NEW).decrypt(fresh)) == {"n": 1}
    assert rotated(fresh) == fresh
    keys(OTHER)
    with pytest.raises(SecretUnreadable):
        rotated(stored)


def test_without_keys(keys):
    keys()
    for way in (lambda: encrypt("x"), lambda: decrypt("x"), lambda: rotated("x")):
        with pytest.raises(ImproperlyConfigured, match=r"^Set FIELD_ENCRYPTION_KEYS"):
            way()


@pytest.mark.django_db
def test_deferred_secrets_are_not_pickled():
    ConnectedAccountFactory(secrets={"access_token": "very-secret"})
    account = ConnectedAccount.objects.connected().get()
    assert b"very-secret" not in pickle.dumps(account)
