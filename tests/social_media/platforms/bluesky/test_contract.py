"""What every strategy must do, and Bluesky's own ways, against the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from social_media.enums import Platform, StepKind
from social_media.platforms.base import Credentials, Strategy
from social_media.platforms.errors import AuthenticationFailed, OutcomeUnknown
from tests.social_media.platforms.contract import StrategyContract, credentials_from


class TestBlueskyContract(StrategyContract):
    platform = Platform.BLUESKY
    secret_field = "app_password"
    options: Mapping[str, Any] = {"langs": ["en"], "labels": ["nudity"]}
    bad_options: Mapping[str, Any] = {
        "langs": ["not a language"],
        "labels": ["spider"],
        "reply_control": "friends",
    }

    def records(self, simulator: Any) -> list[dict[str, Any]]:
        return [post["data"]["record"] for post in self.posts(simulator)]

    def test_a_long_thread_hangs_on_its_root(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        root = previous = self.publish(
            strategy, self.step(strategy, credentials, "1"), credentials
        ).ref
        for text in ("2", "3"):
            step = self.step(
                strategy,
                credentials,
                text,
                kind=StepKind.THREAD_PART,
                reply_to=previous,
                root=root,
            )
            previous = self.publish(strategy, step, credentials).ref
        second = self.posts(simulator)[1]
        reply = self.records(simulator)[2]["reply"]
        refs = {place: reply[place] for place in ("root", "parent")}
        named = {place: (ref["uri"], ref["cid"]) for place, ref in refs.items()}
        assert named == {
            "root": (root.id, root.data["cid"]),
            "parent": (second["id"], second["data"]["cid"]),
        }

    def test_mentions_reach_the_people_they_name(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        bob = strategy.verify(self.sign_up(simulator, "bob"))
        text = f"🎉 @{bob.handle} and @nobody.bsky.test"
        step = self.step(strategy, credentials, text)
        self.publish(strategy, step, credentials)
        [record] = self.records(simulator)
        [facet] = record["facets"]
        assert facet["features"][0]["did"] == bob.remote_id
        index = facet["index"]
        marked = text.encode()[index["byteStart"] : index["byteEnd"]]
        assert marked.decode() == f"@{bob.handle}"

    @pytest.mark.parametrize(
        "kind", ["accept_then_hang", "accept_then_reset", "accept_then_500"]
    )
    def test_repeating_a_lost_call_makes_no_second_post(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        step = self.step(strategy, credentials, "Once #only")
        self.fault(simulator, kind)
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        again = self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found == again
        assert [p["id"] for p in self.posts(simulator)] == [again.ref.id]

    def test_a_gated_post_is_one_post(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        self.options = {"reply_control": "nobody"}
        step = self.step(strategy, credentials, "No answers, please")
        again = [self.publish(strategy, step, credentials) for _ in range(2)]
        assert [p["id"] for p in self.posts(simulator)] == [again[0].ref.id]
        assert again[0] == again[1]

    def test_a_dead_session_is_refreshed_and_goes_on(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        broken = {**credentials.secrets, "access_jwt": "spoiled"}
        with pytest.raises(AuthenticationFailed):
            strategy.check(replace(credentials, secrets=broken))
        session = strategy.refresh(replace(credentials, secrets=broken))
        fresh = replace(credentials, secrets=session.secrets)
        step = self.step(strategy, fresh, "Still here")
        self.publish(strategy, step, fresh)
        assert self.texts(simulator) == ["Still here"]

    def test_a_dead_refresh_token_falls_back_to_the_password(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        broken = {**credentials.secrets, "refresh_jwt": "spoiled"}
        session = strategy.refresh(replace(credentials, secrets=broken))
        fresh = replace(credentials, secrets=session.secrets)
        assert strategy.check(fresh).remote_id == credentials.remote_id

    def test_connecting_reads_name_and_expiry(
        self, strategy: Strategy, typed_in: dict[str, str]
    ) -> None:
        identity = strategy.verify(typed_in)
        assert identity.display_name == "Ada"
        assert identity.server == typed_in["server"]
        assert identity.session.expires_at is not None
        assert credentials_from(identity).secrets["app_password"]
