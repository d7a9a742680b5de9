"""Starting with missing, default or malformed settings: in a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
SECRET, OTHER_SECRET = (secrets.token_urlsafe(48) for _ in range(2))
GOOD = {"SECRET_KEY": SECRET, "FIELD_ENCRYPTION_KEYS": KEY}
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
DATABASE = (
    "DATABASE_URL must name PostgreSQL, such as "
    "postgres://user:password@host:5432/name, or SQLite."
)
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
            DATABASE,
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
    assert start(signing, **GOOD, JWT_SIGNING_KEY=OTHER_SECRET) == OTHER_SECRET


def test_the_folder_of_figures(start, tmp_path):
    folder = "str(s.METRICS_DIR), s.METRICS_DIR.is_dir(), s.os.environ[NAME]"
    folder = folder.replace("NAME", "'PROMETHEUS_MULTIPROC_DIR'")
    default = tmp_path / "metrics"
    assert start(folder, **GOOD) == str((str(default), True, str(default)))
    other = tmp_path / "elsewhere" / "figures"
    assert start(folder, **GOOD, PROMETHEUS_MULTIPROC_DIR=str(other)) == str(
        (str(other), True, str(other))
    )


def weak(name, hint):
    return f"{name} is too weak: use 32 random characters or more. {hint}"


def lease(least):
    longest = "twice the longest *_DEADLINE_SECONDS, and 1."
    return f"LEASE_SECONDS must be {least} or more: {longest}"


NO_SECRET = (
    "FIELD_ENCRYPTION_KEYS has a key that is no secret; `make key` prints one that is."
)
PASSWORD = (
    "FLOWER_BASIC_AUTH: its password is a placeholder or has fewer than 8 characters; "
    "`make env` writes a good one."
)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": SECRET[:31]}, weak("SECRET_KEY", SIGNS)),
        ({"SECRET_KEY": "ab" * 30}, weak("SECRET_KEY", SIGNS)),
        ({"SECRET_KEY": f"insecure-{SECRET}"}, weak("SECRET_KEY", SIGNS)),
        (
            {"JWT_SIGNING_KEY": "build"},
            weak(
                "JWT_SIGNING_KEY", "a long random text, or nothing to use SECRET_KEY."
            ),
        ),
        ({"FIELD_ENCRYPTION_KEYS": "A" * 43 + "="}, NO_SECRET),
        ({"FIELD_ENCRYPTION_KEYS": f"{KEY},{'A' * 43}="}, NO_SECRET),
        ({"FLOWER_BASIC_AUTH": "change-me"}, PASSWORD),
        ({"FLOWER_BASIC_AUTH": "admin:change-me-soon"}, PASSWORD),
        (
            {"DATABASE_URL": "postgres://station:change-me@db/station"},
            (
                "DATABASE_URL has a placeholder for its password (POSTGRES_PASSWORD in "
                ".env with docker compose): set a real one."
            ),
        ),
    ],
)
def test_weak_secrets_start_nothing_but_debug(start, change, told):
    assert start(**{**GOOD, **change}) == told
    assert start(**{**GOOD, **change}, DEBUG="true") == "started"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"HTTPS": "maybe"}, "HTTPS must be true or false, not 'maybe'."),
        ({"DEBUG": "2"}, "DEBUG must be true or false, not '2'."),
        ({"SCAN_BATCH": "ten"}, "SCAN_BATCH must be a whole number, not 'ten'."),
        ({"SCAN_SECONDS": "soon"}, "SCAN_SECONDS must be a number, not 'soon'."),
        ({"SCAN_SECONDS": "nan"}, "SCAN_SECONDS must be a number, not 'nan'."),
        ({"SCAN_SECONDS": "0.01"}, "SCAN_SECONDS must be 0.05 or more."),
        ({"SCAN_BATCH": "0"}, "SCAN_BATCH must be 1 or more."),
        ({"MAX_QUEUED": "0"}, "MAX_QUEUED must be 1 or more."),
        ({"PUBLISHING_SLOTS": "0"}, "PUBLISHING_SLOTS must be 1 or more."),
        ({"CHAIN_LIMIT": "0"}, "CHAIN_LIMIT must be 1 or more."),
        ({"RETRY_JITTER": "-0.1"}, "RETRY_JITTER must be 0 or more."),
        ({"X_SETTLE_SECONDS": "-1"}, "X_SETTLE_SECONDS must be 0 or more."),
        ({"X_DEADLINE_SECONDS": "0"}, "X_DEADLINE_SECONDS must be 0.1 or more."),
        ({"RETRY_SECONDS": ""}, "RETRY_SECONDS must name one value or more."),
        ({"RETRY_SECONDS": "30,-1"}, "RETRY_SECONDS must be 0 or more."),
        (
            {"RETRY_SECONDS": "30,inf"},
            "RETRY_SECONDS must be a number, comma-separated, not '30,inf'.",
        ),
        (
            {"LEASE_SECONDS": "40.9"},
            lease(41),
        ),
        (
            {"X_DEADLINE_SECONDS": "23"},
            lease(47),
        ),
        (
            {"LOG_LEVEL": "loud"},
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL.",
        ),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be one of json, console."),
        ({"DATABASE_URL": "db/station"}, DATABASE),
        (
            {"DATABASE_URL": "postgres://db:none/station"},
            "DATABASE_URL has no number for a port.",
        ),
        (
            {"DATABASE_URL": "postgres://db/x", "DATABASE_POOL_SIZE": "0"},
            "DATABASE_POOL_SIZE must be 1 or more.",
        ),
        ({"REDIS_URL": "redis"}, "REDIS_URL must look like redis://host:6379/0."),
        ({"BROKER_URL": "amqp"}, "BROKER_URL must look like redis://host:6379/0."),
    ],
)
def test_what_cannot_work_is_refused_in_a_sentence(start, change, told):
    assert start(**{**GOOD, **change}) == told


def test_blanks_are_defaults_and_words_come_in_any_case(start):
    blank = {"HTTPS": "", "SCAN_BATCH": "", "SCAN_SECONDS": " "}
    read = "s.HTTPS, s.SCAN_BATCH, s.SCAN_EVERY.total_seconds(), s.LOG_LEVEL"
    words = {"LOG_LEVEL": "warning", "LOG_FORMAT": "Console"}
    expected = (True, 500, 0.5, "WARNING")
    assert start(read, **GOOD, **blank, **words) == str(expected)
    for word in ("off", "No", "FALSE", "0"):
        assert start("s.HTTPS", **GOOD, HTTPS=word) == "False"


def test_the_shortest_lease(start):
    deadlines = {f"{name}_DEADLINE_SECONDS": "2" for name in ("X", "BLUESKY")}
    short = {"LEASE_SECONDS": "5", "MASTODON_DEADLINE_SECONDS": "2", **deadlines}
    assert start("s.LEASE.total_seconds()", **GOOD, **short) == "5.0"


def test_a_folder_that_cannot_be_used_is_named(start, tmp_path):
    (tmp_path / "file").touch()
    state = tmp_path / "file" / "state"
    told = f"STATE_DIR: this process can't write to {state} (Not a directory)."
    assert start(**{**GOOD, "STATE_DIR": str(state)}) == told


def test_figures_are_done_without_a_folder(start, tmp_path):
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "metrics")
    assert start(**GOOD, PROMETHEUS_MULTIPROC_DIR=folder) == "started"


def test_preloading_is_asked_for(start):
    hsts = "s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD"
    assert start(hsts, **GOOD) == str((True, False))
    assert start(hsts, **GOOD, HSTS_PRELOAD="true") == str((True, True))
    assert start(hsts, **GOOD, HSTS_INCLUDE_SUBDOMAINS="no") == str((False, False))
    assert start(hsts, **GOOD, HTTPS="no", HSTS_PRELOAD="yes") == str((False, False))


def test_manage_py_says_it_without_a_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "STATE_DIR": str(tmp_path),
            **GOOD,
            "HTTPS": "maybe",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == "HTTPS must be true or false, not 'maybe'.\n"
