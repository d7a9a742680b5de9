"""What the parts of the contract share: the hooks, and how a step is carried out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from social_media.enums import Platform, StepKind
from social_media.platforms.base import (
    Credentials,
    Draft,
    Identity,
    Part,
    Published,
    RemoteRef,
    Step,
    Strategy,
)
from social_media.platforms.errors import PlatformError
from social_media.platforms.factory import strategy_for

HANDLE = "ada"


class StrategyHooks:
    """Inherit, set `platform`; override the hooks where the network differs."""

    platform: ClassVar[Platform]
    #: The simulator's name of the network ("fediverse" speaks Mastodon's API too).
    network: ClassVar[str] = ""
    #: Field of `typed_in` that holds the secret to spoil.
    secret_field: ClassVar[str] = "access_token"
    options: ClassVar[Mapping[str, Any]] = {}
    #: Options that validate must refuse: name and value.
    bad_options: ClassVar[Mapping[str, Any]] = {}

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
