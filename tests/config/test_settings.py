"""Starting with missing, default or malformed settings: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
GOOD = {"SECRET_KEY": "s" * 60, "FIELD_ENCRYPTION_KEYS": KEY}
START = "import config.settings as s; print(({expression}))"


@pytest.fixture
def start(tmp_path):
    """Read the settings with only these variables; answer what went wrong, or out."""

    def run(expression="'started'", **variables):
        clean = {
            name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
        }
        done = subprocess.run(
            [sys.executable, "-c", START.format(expression=expression)],
            env={
                **clean,
                "ENV_FILE": str(tmp_path / "none"),
                "STATE_DIR": str(tmp_path),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode == 0:
            return done.stdout.strip()
        return (
            done.stderr.strip().splitlines()[-1].rpartition("ImproperlyConfigured: ")[2]
        )

    return run


SIGNS = "a long random text that signs sessions; `make env` writes one."
TOKENS = "Fernet keys for stored tokens, newest first; `make env` writes one."
FERNET = (
    "FIELD_ENCRYPTION_KEYS must be Fernet keys, comma-separated; `make key` prints one."
)


def setting(name, hint):
    return f"Set {name} in the environment or in .env: {hint}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": ""}, setting("SECRET_KEY", SIGNS)),
        ({"SECRET_KEY": "change-me"}, setting("SECRET_KEY", SIGNS)),
        ({"SECRET_KEY": " Change-Me please"}, setting("SECRET_KEY", SIGNS)),
        ({"FIELD_ENCRYPTION_KEYS": ""}, setting("FIELD_ENCRYPTION_KEYS", TOKENS)),
        (
            {"FIELD_ENCRYPTION_KEYS": "change-me"},
            setting("FIELD_ENCRYPTION_KEYS", TOKENS),
        ),
        ({"FIELD_ENCRYPTION_KEYS": "too-short"}, FERNET),
        ({"FIELD_ENCRYPTION_KEYS": f"{KEY},nonsense"}, FERNET),
        ({"FIELD_ENCRYPTION_KEYS": " , "}, FERNET),
        (
            {"JWT_SIGNING_KEY": "change-me"},
            setting(
                "JWT_SIGNING_KEY", "a long random text, or nothing to use SECRET_KEY."
            ),
        ),
        (
            {"DATABASE_URL": "mysql://root@127.0.0.1/station"},
            "DATABASE_URL must name PostgreSQL or SQLite.",
        ),
    ],
)
def test_it_refuses_to_start_and_says_what_to_set(start, change, told):
    assert start(**{**GOOD, **change}) == told


def test_nothing_set_at_all(start):
    assert start() == setting("SECRET_KEY", SIGNS)


def test_the_secrets_are_all_that_is_needed(start):
    assert start(**GOOD) == "started"


def test_without_them_not_even_debug_starts(start):
    assert start(DEBUG="true") == setting("SECRET_KEY", SIGNS)


def test_what_went_wrong_never_shows_a_key(start):
    assert KEY not in start(**{**GOOD, "FIELD_ENCRYPTION_KEYS": f"{KEY},nonsense"})


def test_keys_are_newest_first_and_blanks_are_nothing(start):
    keys = f" {KEY} ,{OTHER_KEY},"
    assert start(
        "s.FIELD_ENCRYPTION_KEYS", **{**GOOD, "FIELD_ENCRYPTION_KEYS": keys}
    ) == str([KEY, OTHER_KEY])


def test_production_is_strict_by_default(start):
    strict = (
        "s.DEBUG, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, "
        "s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS"
    )
    expected = (False, True, True, True, True, ["localhost", "127.0.0.1"])
    assert start(strict, **GOOD) == str(expected)


def test_networks_on_private_addresses_are_refused_by_default(start):
    private = "[one.allow_private_hosts for one in s.NETWORKS.values()]"
    assert start(private, **GOOD) == str([False] * 3)
    assert start(private, **GOOD, ALLOW_PRIVATE_HOSTS="true") == str([True] * 3)


def test_tokens_are_signed_with_a_key_of_their_own_if_one_is_set(start):
    signing = "s.SIMPLE_JWT['SIGNING_KEY']"
    assert start(signing, **GOOD) == GOOD["SECRET_KEY"]
    assert start(signing, **GOOD, JWT_SIGNING_KEY="j" * 60) == "j" * 60


def test_the_folder_of_figures(start, tmp_path):
    folder = "str(s.METRICS_DIR), s.METRICS_DIR.is_dir(), s.os.environ[NAME]"
    folder = folder.replace("NAME", "'PROMETHEUS_MULTIPROC_DIR'")
    default = tmp_path / "metrics"
    assert start(folder, **GOOD) == str((str(default), True, str(default)))
    other = tmp_path / "elsewhere" / "figures"
    assert start(folder, **GOOD, PROMETHEUS_MULTIPROC_DIR=str(other)) == str(
        (str(other), True, str(other))
    )
