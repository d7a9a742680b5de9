from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.publishing.retry import RetryPolicy

POLICY = RetryPolicy([timedelta(seconds=30), timedelta(seconds=120)], jitter=0.1)


@pytest.mark.parametrize(
    ("failed", "chance", "pause"),
    [
        (1, 0.0, timedelta(seconds=30)),
        (1, 0.5, timedelta(seconds=31.5)),
        (2, 0.0, timedelta(seconds=120)),
        (3, 0.0, None),
        (9, 0.9, None),
    ],
)
def test_pauses_grow_and_end(failed, chance, pause):
    assert POLICY.delay(failed, chance) == pause


def test_those_who_wait_for_one_moment_are_spread():
    spread = POLICY.spread(0.5, at_most=timedelta(seconds=5))
    assert spread == timedelta(seconds=2.5)
