"""What every network's strategy must do, whatever the network.

A strategy's tests inherit `StrategyContract` and say which network it is:

    class TestXContract(StrategyContract):
        platform = Platform.X

Everything runs against the simulator, over real sockets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_media.enums import Platform, StepKind
from social_media.platforms.base import (
    Credentials,
    Draft,
    Idempotency,
    Identity,
    Part,
    Published,
    RemoteRef,
    Step,
    Strategy,
)
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.factory import strategy_for

HANDLE = "ada"

#: Faults after which the post stands on the network but nobody told us.
LOST_ANSWERS = ["accept_then_hang", "accept_then_reset", "accept_then_500"]

ANY_TEXT = st.text(max_size=400) | st.text(
    alphabet="a .@#$/:\n\u0301é漢👨‍👩‍👧🇩🇪http.com", max_size=80
)


class StrategyContract:
    """Inherit, set `platform`; override the hooks where the network differs."""

    platform: ClassVar[Platform]
    #: The simulator's name of the network ("fediverse" speaks Mastodon's API too).
    network: ClassVar[str] = ""
    #: Field of `typed_in` that holds the secret to spoil.
    secret_field: ClassVar[str] = "access_token"
    options: ClassVar[Mapping[str, Any]] = {}
    #: Options that validate must refuse: name and value.
    bad_options: ClassVar[Mapping[str, Any]] = {}

    # Hooks and what they make

    @pytest.fixture
    def strategy(self, simulator: Any) -> Strategy:
        """As the application builds it, after the simulator set the addresses."""
        return strategy_for(self.platform.value)

    @pytest.fixture
    def typed_in(self, simulator: Any) -> dict[str, str]:
        """What a person types to connect the account (`connect_fields`)."""
        return self.sign_up(simulator, HANDLE)

    def sign_up(self, simulator: Any, handle: str) -> dict[str, str]:
        """The credentials of a new account of the simulator."""
        made: dict[str, str] = simulator.account(self.sim_network, handle)
        return made

    @property
    def sim_network(self) -> str:
        """What the simulator calls the network."""
        return self.network or self.platform.value

    @pytest.fixture
    def identity(self, strategy: Strategy, typed_in: dict[str, str]) -> Identity:
        return strategy.verify(typed_in)

    @pytest.fixture
    def credentials(self, identity: Identity) -> Credentials:
        return credentials_from(identity)

    def fault(self, simulator: Any, kind: str, **how: Any) -> None:
        """Let the next matching call fail."""
        if kind != "refuse_connection":
            how = {"calls": 1, **how}
        simulator.fault(network=self.sim_network, kind=kind, **how)

    def step(
        self, strategy: Strategy, credentials: Credentials, text: str, **more: Any
    ) -> Step:
        """A step as the pipeline makes it: frozen, through JSON, then prepared."""
        kind = more.pop("kind", StepKind.POST)
        now = datetime.now(UTC)
        draft = Draft(parts=[Part(text, kind)], options=dict(self.options))
        payload = strategy.freeze(draft.parts[0], draft, now)
        stored = json.loads(json.dumps(payload))
        step = Step(strategy.make_key(), kind, stored, first_sent_at=now, **more)
        saved: dict[str, Any] = {}
        strategy.prepare(step, credentials, saved.update)
        return replace(step, checkpoint=json.loads(json.dumps(saved)))

    def reply(
        self, strategy: Strategy, credentials: Credentials, text: str, to: RemoteRef
    ) -> Step:
        """The next part of a thread whose only part so far is `to`."""
        return self.step(
            strategy,
            credentials,
            text,
            kind=StepKind.THREAD_PART,
            reply_to=to,
            root=to,
        )

    def posts(self, simulator: Any) -> list[dict[str, Any]]:
        """What the account shows, oldest first."""
        posts: list[dict[str, Any]] = simulator.posts(network=self.sim_network)
        return posts

    def texts(self, simulator: Any) -> list[str]:
        return [post["text"] for post in self.posts(simulator)]

    # Connecting

    def test_the_network_says_whose_credentials_they_are(
        self, identity: Identity, strategy: Strategy, typed_in: dict[str, str]
    ) -> None:
        assert identity.handle.partition(".")[0] == HANDLE
        assert identity.remote_id
        again = strategy.check(credentials_from(identity))
        assert (again.remote_id, again.handle) == (identity.remote_id, identity.handle)

    def test_refused_credentials_fail(
        self, strategy: Strategy, typed_in: dict[str, str]
    ) -> None:
        with pytest.raises(AuthenticationFailed):
            strategy.verify({**typed_in, self.secret_field: "wrong"})

    def test_an_empty_or_broken_secret_is_refused_before_it_is_sent(
        self, strategy: Strategy, typed_in: dict[str, str]
    ) -> None:
        for broken in ("", "  ", "line\nbreak", "snow☃man", "\x00", "\ud800"):
            with pytest.raises((AuthenticationFailed, ContentRejected)):
                strategy.verify({**typed_in, self.secret_field: broken})

    def test_secrets_show_in_no_repr_and_no_error(
        self, strategy: Strategy, identity: Identity, credentials: Credentials
    ) -> None:
        secrets = [value for value in credentials.secrets.values() if value]
        assert secrets
        shown = repr(identity) + repr(credentials) + repr(strategy.config)
        assert [value for value in secrets if value in shown] == []

    def test_connecting_asks_for_every_field_it_names(self, strategy: Strategy) -> None:
        fields = strategy.capabilities().connect_fields
        assert all(set(f) == {"name", "label", "required", "secret"} for f in fields)
        assert self.secret_field in [f["name"] for f in fields if f["secret"]]

    def test_an_unreachable_network_is_unavailable(
        self, simulator: Any, strategy: Strategy, typed_in: dict[str, str]
    ) -> None:
        self.fault(simulator, "refuse_connection")
        with pytest.raises(Unavailable):
            strategy.verify(typed_in)

    # Publishing

    def test_a_post_appears_once_with_its_id_and_url(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        published = self.publish(
            strategy, self.step(strategy, credentials, "Hello"), credentials
        )
        assert [(p["id"], p["text"]) for p in self.posts(simulator)] == [
            (published.ref.id, "Hello")
        ]
        assert published.ref.url.startswith("http")

    def test_a_thread_hangs_together(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        first = self.publish(
            strategy, self.step(strategy, credentials, "One"), credentials
        )
        second = self.publish(
            strategy,
            self.reply(strategy, credentials, "Two", first.ref),
            credentials,
        )
        assert [(p["id"], p["text"], p["reply_to"]) for p in self.posts(simulator)] == [
            (first.ref.id, "One", None),
            (second.ref.id, "Two", first.ref.id),
        ]

    def test_what_replies_need_survives_json(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        ref = self.publish(
            strategy, self.step(strategy, credentials, "One"), credentials
        ).ref
        assert json.loads(json.dumps(dict(ref.data))) == dict(ref.data)

    # Failing

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

    # Tokens

    def test_a_refresh_gives_tokens_that_work(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        session = strategy.refresh(credentials)
        if session is None:
            return
        fresh = replace(credentials, secrets=session.secrets)
        assert fresh.secrets != credentials.secrets
        assert strategy.check(fresh).remote_id == credentials.remote_id

    # Validating

    def test_ordinary_words_are_fine(self, strategy: Strategy) -> None:
        draft = Draft([Part("Hello"), Part("World", StepKind.THREAD_PART)])
        assert strategy.validate(draft) == []

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    def test_an_empty_post_is_a_problem(self, strategy: Strategy, text: str) -> None:
        assert [p.field for p in strategy.validate(Draft([Part(text)]))] == ["content"]

    def test_too_long_a_part_is_named_with_its_length(self, strategy: Strategy) -> None:
        limit = strategy.capabilities().max_length
        fits, long = "a" * limit, "a" * (limit + 7)
        draft = Draft(
            [
                Part(long),
                Part(fits, StepKind.THREAD_PART),
                Part(long, StepKind.THREAD_PART),
                Part(long, StepKind.FIRST_COMMENT),
            ]
        )
        problems = strategy.validate(draft)
        assert [p.field for p in problems] == ["content", "thread.1", "first_comment"]
        for problem in problems:
            assert f"{limit + 7:,}" in problem.message
            assert f"{limit:,}" in problem.message

    def test_unknown_options_are_problems(self, strategy: Strategy) -> None:
        draft = Draft([Part("Hello")], options={"no_such_option": "x"})
        assert [p.field for p in strategy.validate(draft)] == ["options.no_such_option"]

    def test_options_with_bad_values_are_problems(self, strategy: Strategy) -> None:
        for name, value in self.bad_options.items():
            draft = Draft([Part("Hello")], options={name: value})
            fields = [p.field for p in strategy.validate(draft)]
            assert fields == [f"options.{name}"], (name, value)

    @settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(text=ANY_TEXT)
    def test_any_text_is_measured_and_validated(
        self, strategy: Strategy, text: str
    ) -> None:
        assert strategy.measure(text) >= 0
        for problem in strategy.validate(Draft([Part(text)])):
            assert problem.field == "content"
            assert problem.message

    # How a step is carried out

    def publish(
        self, strategy: Strategy, step: Step, credentials: Credentials
    ) -> Published:
        """One create. Whatever it raises must be of the one tree of errors."""
        try:
            return strategy.publish(step, credentials, _ignore)
        except PlatformError as error:
            if _leaks(error, credentials):
                pytest.fail("the error shows a secret")
            raise

    def find(
        self, strategy: Strategy, step: Step, credentials: Credentials
    ) -> Published | None:
        return strategy.find_published(step, credentials)


def credentials_from(identity: Identity) -> Credentials:
    """As the application stores and reads them."""
    return Credentials(
        remote_id=identity.remote_id,
        handle=identity.handle,
        server=identity.server,
        secrets=dict(identity.session.secrets),
        settings=json.loads(json.dumps(dict(identity.settings))),
    )


def _ignore(_handles: Mapping[str, Any]) -> None:
    return


def _leaks(error: PlatformError, credentials: Credentials) -> bool:
    shown = f"{error!r} {error} {error.message} {error.code}"
    return any(value and value in shown for value in credentials.secrets.values())
