"""Records as they are written, looked up and prepared."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Credentials, Draft, Part, RemoteRef, Step
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import (
    AuthenticationFailed,
    CannotTell,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    CID,
    DID,
    GET,
    KEY,
    PUT,
    RESOLVE,
    STOOD,
    TOKEN,
    URI,
    Answer,
    Said,
    Server,
    failed,
    hang,
    hang_up,
    ignore,
    refusal,
    step_for,
)


class TestPublishing:
    def test_the_record_is_put_under_the_steps_key(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, Answer(200, STOOD))
        step = step_for(
            strategy,
            "Hi #you",
            langs=["en"],
            labels=["nudity"],
            reply_control=None,
        )
        published = strategy.publish(step, credentials, ignore)
        assert published.ref == RemoteRef(
            URI, f"https://bsky.app/profile/{DID}/post/{KEY}", {"cid": CID}
        )
        [call] = server.calls
        assert call.token == TOKEN
        assert call.body == {
            "repo": DID,
            "collection": "app.bsky.feed.post",
            "rkey": KEY,
            "record": {
                "$type": "app.bsky.feed.post",
                "text": "Hi #you",
                "createdAt": "2026-11-20T10:00:00.123Z",
                "langs": ["en"],
                "labels": {
                    "$type": "com.atproto.label.defs#selfLabels",
                    "values": [
                        {
                            "$type": "com.atproto.label.defs#selfLabel",
                            "val": "nudity",
                        }
                    ],
                },
                "facets": [
                    {
                        "$type": "app.bsky.richtext.facet",
                        "index": {
                            "$type": "app.bsky.richtext.facet#byteSlice",
                            "byteStart": 3,
                            "byteEnd": 7,
                        },
                        "features": [
                            {"$type": "app.bsky.richtext.facet#tag", "tag": "you"}
                        ],
                    }
                ],
            },
        }

    def test_a_repeat_sends_the_same_bytes(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, hang_up, Answer(200, STOOD))
        step = replace(
            step_for(strategy, "Hi @bob.example.com https://example.com"),
            checkpoint={"mentions": {"bob.example.com": "did:plc:bob"}},
        )
        assert isinstance(failed(strategy, credentials, step), OutcomeUnknown)
        strategy.publish(step, credentials, ignore)
        first, second = server.calls
        assert json.dumps(first.body) == json.dumps(second.body)

    def test_a_reply_names_root_and_parent(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, Answer(200, STOOD))
        root = RemoteRef("at://did:plc:a/app.bsky.feed.post/1", "", {"cid": "c1"})
        parent = RemoteRef("at://did:plc:a/app.bsky.feed.post/2", "", {"cid": "c2"})
        step = replace(
            step_for(strategy),
            kind=StepKind.THREAD_PART,
            root=root,
            reply_to=parent,
        )
        strategy.publish(step, credentials, ignore)
        strategy.publish(replace(step, root=None), credentials, ignore)
        named = [
            {
                which: (ref["uri"], ref["cid"])
                for which, ref in reply.items()
                if which[0] != "$"
            }
            for reply in (call.body["record"]["reply"] for call in server.calls)
        ]
        assert named == [
            {"root": (root.id, "c1"), "parent": (parent.id, "c2")},
            {"root": (parent.id, "c2"), "parent": (parent.id, "c2")},
        ]

    def test_a_parent_known_by_its_link_only_can_not_be_answered(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        step = replace(step_for(strategy), reply_to=RemoteRef("link", "https://x"))
        error = failed(strategy, credentials, step)
        assert (type(error), error.code) == (ContentRejected, "reply_target")
        assert server.calls == []

    def test_an_account_without_a_token_has_to_be_connected(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        error = failed(strategy, replace(credentials, secrets={}))
        assert type(error) is AuthenticationFailed
        assert server.calls == []

    def test_publishing_never_rotates_the_tokens(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        """The library's own client would refresh a token that is about to expire."""
        claims = "eyJleHAiOjEwMDAwMDAwMDB9"  # {"exp": 1000000000}: long ago
        head, _, signature = TOKEN.split(".")
        dying = {**credentials.secrets, "access_jwt": f"{head}.{claims}.{signature}"}
        server.say(PUT, Answer(200, STOOD))
        strategy.publish(
            step_for(strategy), replace(credentials, secrets=dying), ignore
        )
        assert [call.method for call in server.calls] == [PUT]

    def test_threads_share_a_strategy_and_no_connection(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        with Server.running() as other:
            servers = [server, other]
            for one in servers:
                one.say(PUT, Answer(200, STOOD))

            def publish(number: int) -> None:
                at = replace(credentials, server=servers[number % 2].url)
                step = replace(step_for(strategy), key=f"{KEY[:-2]}{number:02}")
                strategy.publish(step, at, ignore)

            with ThreadPoolExecutor(4) as threads:
                list(threads.map(publish, range(22, 42)))
            keys = [sorted(c.body["rkey"][-2:] for c in one.calls) for one in servers]
        assert keys == [
            [str(number) for number in range(22, 42, 2)],
            [str(number) for number in range(23, 42, 2)],
        ]

    def test_parts_of_a_thread_have_times_of_their_own(
        self, strategy: BlueskyStrategy
    ) -> None:
        parts = [Part("same"), Part("same", StepKind.THREAD_PART), Part("same")]
        draft, now = Draft(parts=parts), datetime(2026, 1, 1, tzinfo=UTC)
        times = [strategy.freeze(part, draft, now)["created_at"] for part in parts]
        assert times == [
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00.001Z",
            "2026-01-01T00:00:00.002Z",
        ]


class TestLookingUp:
    def test_a_record_is_found_by_its_key(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(GET, Answer(200, {**STOOD, "value": {"$type": "odd", "a": 1}}))
        found = strategy.find_published(step_for(strategy), credentials)
        assert found is not None
        assert (found.ref.id, found.ref.data) == (URI, {"cid": CID})
        # Reading is public: a dead token does not stand in its way.
        assert [call.token for call in server.calls] == [""]

    def test_no_such_record_is_surely_absent(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(GET, refusal(400, "RecordNotFound"))
        assert strategy.find_published(step_for(strategy), credentials) is None

    @pytest.mark.parametrize(
        ("said", "meaning"),
        [
            (refusal(400, "InvalidRequest", "Could not find repo"), CannotTell),
            (refusal(502, "UpstreamFailure"), Unavailable),
            (refusal(429, "RateLimitExceeded"), RateLimited),
            (Answer(200, {"uri": URI, "value": {}}), Unavailable),
            (hang, Unavailable),
        ],
    )
    def test_a_failed_look_up_proves_nothing(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        said: Said,
        meaning: type[PlatformError],
    ) -> None:
        server.say(GET, said)
        with pytest.raises(PlatformError) as caught:
            strategy.find_published(step_for(strategy), credentials)
        assert type(caught.value) is meaning


class TestPreparing:
    def saved(
        self,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        step: Step,
    ) -> list[dict[str, Any]]:
        checkpoints: list[dict[str, Any]] = []
        strategy.prepare(
            step, credentials, lambda learnt: checkpoints.append(dict(learnt))
        )
        return checkpoints

    def test_each_handle_is_asked_for_once(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(
            RESOLVE,
            Answer(200, {"did": "did:plc:bob"}),
            refusal(400, "InvalidRequest", "Unable to resolve handle"),
        )
        step = step_for(strategy, "@Bob.example.com @eve.example.com @bob.example.com")
        saved = self.saved(strategy, credentials, step)
        assert saved == [
            {"mentions": {"bob.example.com": "did:plc:bob"}},
            {"mentions": {"bob.example.com": "did:plc:bob", "eve.example.com": None}},
        ]
        again = replace(step, checkpoint=saved[-1])
        assert self.saved(strategy, credentials, again) == []
        assert len(server.asked(RESOLVE)) == 2

    def test_an_unreachable_directory_is_tried_again_later(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(RESOLVE, refusal(502, "UpstreamFailure"))
        with pytest.raises(Unavailable):
            self.saved(strategy, credentials, step_for(strategy, "@bob.example.com"))

    @pytest.mark.parametrize(
        ("choice", "rules"),
        [
            ("nobody", []),
            ("mentioned", ["mentionRule"]),
            ("following", ["followingRule"]),
            ("followers", ["followerRule"]),
        ],
    )
    def test_the_gate_is_closed_before_the_post_and_seen_after_it(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        choice: str,
        rules: list[str],
    ) -> None:
        server.say(PUT, Answer(200, STOOD))
        step = step_for(strategy, reply_control=choice)
        saved = self.saved(strategy, credentials, step)
        assert saved == [{"threadgate": URI}]
        step = replace(step, checkpoint=saved[0])
        assert self.saved(strategy, credentials, step) == []
        strategy.publish(step, credentials, ignore)
        before, post, after = (call.body for call in server.calls)
        gate = "app.bsky.feed.threadgate"
        assert before == {
            "repo": DID,
            "collection": gate,
            "rkey": KEY,
            "record": {
                "$type": gate,
                "post": URI,
                "allow": [{"$type": f"{gate}#{rule}"} for rule in rules],
                "createdAt": "2026-11-20T10:00:00.123Z",
            },
        }
        assert post["collection"] == "app.bsky.feed.post"
        later = {**before["record"], "createdAt": "2026-11-20T10:00:00.124Z"}
        assert after == {**before, "record": later}

    def test_no_gate_no_post(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, refusal(502, "UpstreamFailure"))
        with pytest.raises(Unavailable):
            self.saved(
                strategy, credentials, step_for(strategy, reply_control="nobody")
            )

    @pytest.mark.parametrize("said", [hang, refusal(500, "InternalServerError")])
    def test_a_post_that_stands_is_published_whatever_the_gate_says(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        said: Said,
    ) -> None:
        server.say(PUT, Answer(200, STOOD), said)
        step = step_for(strategy, reply_control="nobody")
        assert strategy.publish(step, credentials, ignore).ref.id == URI
        assert len(server.asked(PUT)) == 2

    @pytest.mark.parametrize("kind", [StepKind.THREAD_PART, StepKind.FIRST_COMMENT])
    def test_replies_have_no_gate_of_their_own(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        kind: StepKind,
    ) -> None:
        step = replace(step_for(strategy, reply_control="nobody"), kind=kind)
        assert self.saved(strategy, credentials, step) == []
        assert server.calls == []

    def test_everyone_needs_no_gate(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        step = step_for(strategy, reply_control="everyone")
        assert self.saved(strategy, credentials, step) == []
        assert server.calls == []
