"""`make env` never overwrites, and what it writes is private and complete."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from social_media.management import environment


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    example = (environment.ROOT / ".env.example").read_text()
    (tmp_path / ".env.example").write_text(example)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    return tmp_path


def values(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    pairs = [line.partition("=") for line in lines if line[:1].isalpha()]
    return {name: value for name, _, value in pairs}


def test_every_placeholder_is_replaced_by_a_fresh_secret(root: Path) -> None:
    environment.main()
    written = values(root / ".env")
    assert [name for name, value in written.items() if "change-me" in value] == []
    assert set(written) == set(values(root / ".env.example"))
    Fernet(written["FIELD_ENCRYPTION_KEYS"])
    assert len(written["SECRET_KEY"]) >= 50


def test_only_its_owner_can_read_it(root: Path) -> None:
    environment.main()
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600


def test_a_file_that_is_there_stays_as_it_is(root: Path) -> None:
    (root / ".env").write_text("SECRET_KEY=mine\n")
    assert environment.main() == 0
    assert (root / ".env").read_text() == "SECRET_KEY=mine\n"


def test_two_installations_share_no_secret() -> None:
    one, other = environment.fresh_secrets(), environment.fresh_secrets()
    assert set(one.values()) & set(other.values()) == set()
