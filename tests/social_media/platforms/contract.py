"""What every network's strategy must do, whatever the network.

A strategy's tests inherit `StrategyContract` and say which network it is:

    class TestXContract(StrategyContract):
        platform = Platform.X

Everything runs against the simulator, over real sockets.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.base import Credentials, Identity, Strategy
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    Unavailable,
)
from tests.social_media.platforms.contract_failing import FailingContract
from tests.social_media.platforms.contract_hooks import HANDLE, credentials_from
from tests.social_media.platforms.contract_media import MediaContract
from tests.social_media.platforms.contract_validating import ValidatingContract


class StrategyContract(FailingContract, MediaContract, ValidatingContract):
    """Inherit, set `platform`; override the hooks where the network differs."""

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
