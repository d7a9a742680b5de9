"""CHAOS_* in the environment."""

from __future__ import annotations

import pytest

from tests.chaos.options import BadOption, Options, read_options


def test_what_is_not_said_has_a_default() -> None:
    options = read_options([], {})
    assert (options.minutes, options.rate, options.keep) == (2.0, 9.0, False)
    assert options.seed >= 0


def test_all_can_be_said() -> None:
    said = {"CHAOS_MINUTES": "0.5", "CHAOS_SEED": "12", "CHAOS_RATE": "3"}
    assert read_options(["--keep"], said) == Options(0.5, 3.0, 12, keep=True)
    assert read_options([], {**said, "CHAOS_KEEP": "1"}).keep
    assert not read_options([], {**said, "CHAOS_KEEP": "0"}).keep


@pytest.mark.parametrize("given", ["two", "0", "-1", "nan", "1e9", "0.1"])
def test_a_bad_length_is_one_sentence(given: str) -> None:
    with pytest.raises(BadOption) as bad:
        read_options([], {"CHAOS_MINUTES": given})
    assert str(bad.value) == f"CHAOS_MINUTES={given} is no number from 0.5 to 1440."


def test_a_bad_seed_is_one_sentence() -> None:
    with pytest.raises(BadOption) as bad:
        read_options([], {"CHAOS_SEED": "x"})
    assert str(bad.value) == "CHAOS_SEED=x is no whole number."
