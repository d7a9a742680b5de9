"""What commands say that can't start: one sentence, no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from social_media.management.supervise import ROOT

# What the tests have and these commands are not to find.
OURS = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE")


def refused(*command: str, **environment: str) -> str:
    """What the command says before it exits with 1."""
    kept = {name: os.environ[name] for name in os.environ if name not in OURS}
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    return ran.stderr


@pytest.mark.parametrize("command", ["migrate", "check", "makemigrations"])
def test_a_command_without_secrets_says_what_to_set(command: str) -> None:
    assert refused("manage.py", command) == (
        "Set SECRET_KEY in the environment or in .env: a long random text that signs "
        "sessions; `make env` writes one.\n"
    )


@pytest.mark.parametrize("module", ["demo", "run"])
@pytest.mark.parametrize("port", ["abc", "99999", "0", "-1", "", "²", "9" * 5000])
def test_what_is_no_port(module: str, port: str) -> None:
    said = refused("-m", f"social_media.management.{module}", PORT=port)
    assert said == f"PORT={port} is no port: choose one from 1 to 65535.\n"


def test_the_simulator_needs_five_ports_in_a_row() -> None:
    said = refused("-m", "social_media.management.demo", SIMULATOR_PORT="65532")
    assert said == "SIMULATOR_PORT=65532 is no port: choose one from 1 to 65531.\n"


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = refused("-m", "social_media.management.demo", PORT=str(port))
    assert said == (
        f"Port {port} is in use by another program. Stop that program, or choose "
        f"another port: PORT={port + 100}\n"
    )
