"""What every network's strategy must do when something fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.platforms.base import Credentials, Idempotency, Strategy
from social_media.platforms.errors import (
    AuthenticationFailed,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.contract_hooks import StrategyHooks

#: Faults after which the post stands on the network but nobody told us.
LOST_ANSWERS = ["accept_then_hang", "accept_then_reset", "accept_then_500"]


class FailingContract(StrategyHooks):
    """Nothing is lost, nothing is sent twice."""

    def test_refused_connections_send_nothing(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "refuse_connection")
        with pytest.raises(Unavailable):
            self.publish(strategy, step, credentials)
        simulator.clear_faults()
        assert self.texts(simulator) == []

    def test_a_rate_limit_says_when_to_come_back(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "rate_limited", seconds=90)
        with pytest.raises(RateLimited) as caught:
            self.publish(strategy, step, credentials)
        wait = caught.value.retry_at - datetime.now(UTC)
        assert timedelta(seconds=60) < wait <= timedelta(seconds=95)
        assert self.texts(simulator) == []

    def test_an_expired_token_fails_the_sign_in(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "expired_token")
        with pytest.raises(AuthenticationFailed):
            self.publish(strategy, step, credentials)
        assert self.texts(simulator) == []

    @pytest.mark.parametrize("kind", LOST_ANSWERS)
    def test_a_lost_answer_is_unknown_then_found(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        step = self.step(strategy, credentials, "Lost & <found> https://example.com/a")
        self.fault(simulator, kind)
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [found.ref.id]
        assert found.ref.url.startswith("http")

    def test_a_lost_answer_of_a_thread_part_is_found(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        first = self.publish(
            strategy, self.step(strategy, credentials, "One"), credentials
        )
        step = self.reply(strategy, credentials, "Two", first.ref)
        self.fault(simulator, "accept_then_reset")
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [first.ref.id, found.ref.id]

    def test_an_error_of_the_server_is_unknown_then_absent(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "error_before")
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        assert self.find(strategy, step, credentials) is None
        assert self.texts(simulator) == []

    def test_the_same_words_elsewhere_are_not_ours(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        first = self.publish(
            strategy, self.step(strategy, credentials, "Same"), credentials
        )
        never_sent = self.reply(strategy, credentials, "Same", first.ref)
        assert self.find(strategy, never_sent, credentials) is None

    def test_another_post_of_ours_with_the_same_words_is_not_taken_for_it(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        other = self.publish(
            strategy, self.step(strategy, credentials, "Same"), credentials
        )
        known = frozenset({other.ref.id})
        never_sent = self.step(strategy, credentials, "Same", known=known)
        assert self.find(strategy, never_sent, credentials) is None

    @pytest.mark.parametrize("kind", ["error_before", "accept_then_hang"])
    def test_a_failed_look_up_proves_nothing(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, kind, on="lookup")
        with pytest.raises(Unavailable):
            self.find(strategy, step, credentials)

    def test_repeating_is_safe_only_where_it_says_so(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Twice")
        now = datetime.now(UTC)
        safe = strategy.repeat_is_safe(step, credentials, now)
        by_key = strategy.capabilities(credentials).idempotency is Idempotency.KEY
        assert safe == by_key
        if safe:
            first = self.publish(strategy, step, credentials)
            second = self.publish(strategy, step, credentials)
            assert first.ref.id == second.ref.id
            assert self.texts(simulator) == ["Twice"]
