"""Keys of records: unique, sortable, of the form that the protocol demands."""

from __future__ import annotations

import re
import threading

from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.bluesky.tid import TidClock, encode

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


class TestKeys:
    def test_a_key_is_a_tid(self, strategy: BlueskyStrategy) -> None:
        assert TID.fullmatch(strategy.make_key())

    def test_the_encoding_is_the_protocols(self) -> None:
        assert encode(0, clock_id=0) == "2" * 13
        assert encode(0, clock_id=1023) == "2" * 11 + "zz"
        assert encode(2**53 - 1, clock_id=1023) == "b" + "z" * 12
        # A key of a real post of 2024-10-17T07:06:51Z.
        assert encode(1_729_148_811_642_318, clock_id=17) == "3l6oveex3ii2l"

    def test_keys_sort_by_time_across_threads(self) -> None:
        clock, lists = TidClock(), [[] for _ in range(4)]

        def draw(into: list[str]) -> None:
            into.extend(clock.next() for _ in range(500))

        threads = [threading.Thread(target=draw, args=(one,)) for one in lists]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        drawn = [key for one in lists for key in one]
        assert len(set(drawn)) == 2000
        assert all(one == sorted(one) for one in lists)
        assert all(TID.fullmatch(key) for key in drawn)
