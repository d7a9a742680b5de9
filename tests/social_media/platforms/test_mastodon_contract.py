"""Mastodon's strategy against Mastodon, and against a server that resembles it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from social_media.enums import Platform, StepKind
from social_media.platforms.base import Credentials, Idempotency, Identity, Strategy
from social_media.platforms.errors import (
    CannotTell,
    NotReady,
    OutcomeUnknown,
    RateLimited,
)
from tests.social_media.platforms.contract import StrategyContract
from tests.social_media.platforms.media_steps import images, prepared

BAD_OPTIONS = {
    "visibility": "everybody",
    "spoiler_text": 5,
    "sensitive": "yes",
    "language": "english",
}


class TestMastodonContract(StrategyContract):
    platform = Platform.MASTODON
    bad_options: ClassVar[Mapping[str, Any]] = BAD_OPTIONS

    def test_it_says_that_it_is_mastodon(
        self, identity: Identity, typed_in: dict[str, str]
    ) -> None:
        settings = dict(identity.settings)
        read_at = datetime.fromisoformat(settings.pop("read_at"))
        assert datetime.now(UTC) - read_at < timedelta(seconds=10)
        assert settings["is_mastodon"]
        assert settings["limits"] == {
            "max_characters": 500,
            "characters_reserved_per_url": 23,
            "max_media_attachments": 4,
        }
        assert identity.server == typed_in["server"]

    def test_the_key_counts_for_as_long_as_the_server_keeps_it(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        can = strategy.capabilities(credentials)
        assert can.idempotency is Idempotency.KEY
        assert can.key_lifetime == timedelta(minutes=50)
        step = self.step(strategy, credentials, "Hello")
        assert step.first_sent_at is not None
        late = step.first_sent_at + timedelta(minutes=51)
        assert not strategy.repeat_is_safe(step, credentials, late)

    @pytest.mark.parametrize(
        "kind", ["accept_then_hang", "accept_then_reset", "accept_then_500"]
    )
    def test_repeating_after_a_lost_answer_makes_one_status(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        step = self.step(strategy, credentials, "Once")
        self.fault(simulator, kind)
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        again = self.publish(strategy, step, credentials)
        assert [p["id"] for p in self.posts(simulator)] == [again.ref.id]

    def test_media_that_are_still_processed_cost_no_try(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "processing")
        with pytest.raises(NotReady) as caught:
            self.publish(strategy, step, credentials)
        assert caught.value.check_at > datetime.now(UTC)
        assert self.texts(simulator) == []


class TestMastodonOptionsContract(StrategyContract):
    """The same with every option set; a thread keeps them."""

    platform = Platform.MASTODON
    bad_options: ClassVar[Mapping[str, Any]] = BAD_OPTIONS
    options: ClassVar[Mapping[str, Any]] = {
        "visibility": "private",
        "spoiler_text": "Plot & twist",
        "sensitive": True,
        "language": "de",
    }

    def test_the_options_arrive_with_every_part(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        first = self.publish(
            strategy, self.step(strategy, credentials, "Eins"), credentials
        )
        self.publish(
            strategy, self.reply(strategy, credentials, "Zwei", first.ref), credentials
        )
        for post in self.posts(simulator):
            shown = {name: post["data"][name] for name in self.options}
            assert shown == self.options, post["text"]


class TestFediverseContract(StrategyContract):
    """A server without v2, without keys, with a version that can't be parsed."""

    platform = Platform.MASTODON
    network = "fediverse"
    processes = False  # its older page answers when all is done
    bad_options: ClassVar[Mapping[str, Any]] = BAD_OPTIONS

    def test_its_key_is_not_relied_on(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        can = strategy.capabilities(credentials)
        assert can.idempotency is Idempotency.LOOKUP
        assert can.key_lifetime is None
        step = self.step(strategy, credentials, "Twice")
        self.publish(strategy, step, credentials)
        self.publish(strategy, step, credentials)
        assert self.texts(simulator) == ["Twice", "Twice"]

    @pytest.mark.parametrize("text", ["Look", ""])
    def test_media_of_a_post_that_got_through_stop_a_second_one(
        self,
        simulator: Any,
        strategy: Strategy,
        credentials: Credentials,
        text: str,
    ) -> None:
        """It came so late that a look-up had found nothing."""
        step = self.illustrated(strategy, images(2), text)
        step = prepared(strategy, step, credentials)
        self.fault(simulator, "accept_then_reset")
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [found.ref.id]

    def test_a_rate_limit_says_when_to_come_back(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        """It doesn't say: five minutes."""
        step = self.step(strategy, credentials, "Hello")
        self.fault(simulator, "rate_limited", seconds=90)
        with pytest.raises(RateLimited) as caught:
            self.publish(strategy, step, credentials)
        wait = caught.value.retry_at - datetime.now(UTC)
        assert timedelta(seconds=290) < wait <= timedelta(seconds=300)
        assert self.texts(simulator) == []

    def test_the_earliest_of_two_is_ours(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Twice")
        first = self.publish(strategy, step, credentials)
        self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert found.ref.id == first.ref.id

    def test_a_hidden_post_that_is_not_listed_is_no_proof(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        never_sent = self.step(strategy, credentials, "Hello")
        options = {"options": {"visibility": "direct"}}
        hidden = replace(never_sent, payload={**never_sent.payload, **options})
        with pytest.raises(CannotTell):
            self.find(strategy, hidden, credentials)

    def test_posts_of_before_are_not_ours(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.step(strategy, credentials, "Hello")
        self.publish(strategy, step, credentials)
        later = replace(step, first_sent_at=datetime.now(UTC) + timedelta(seconds=130))
        assert self.find(strategy, later, credentials) is None

    def test_a_first_comment_is_found_under_its_post(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        post = self.publish(
            strategy, self.step(strategy, credentials, "Post"), credentials
        )
        step = self.step(
            strategy,
            credentials,
            "Comment",
            kind=StepKind.FIRST_COMMENT,
            reply_to=post.ref,
            root=post.ref,
        )
        self.fault(simulator, "accept_then_500")
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [post.ref.id, found.ref.id]
