"""What every network's strategy must do with pictures and videos."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from social_media.enums import MediaKind
from social_media.platforms.base import (
    Credentials,
    Draft,
    Idempotency,
    Part,
    Step,
    Strategy,
)
from social_media.platforms.errors import (
    AuthenticationFailed,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.handles import Handles
from social_media.platforms.media import Beat, Upload
from tests.social_media.platforms import media_steps
from tests.social_media.platforms.contract_hooks import StrategyHooks
from tests.social_media.platforms.media_steps import (
    Saved,
    bytes_of,
    images,
    prepared,
    with_media,
)

#: An answer that never comes is the transport's business.
LOST = ["accept_then_reset", "accept_then_500", "error_before"]
KINDS = ["images", "gif", "video"]


class MediaContract(StrategyHooks):
    """Uploads are made once and survive; the post shows what it should."""

    #: Upload calls for one image with its description, and for one video.
    image_calls: ClassVar[int] = 1
    video_calls: ClassVar[int] = 1
    #: Whether the network answers before it is done with a video.
    processes: ClassVar[bool] = True

    def media(self, strategy: Strategy, kind: str) -> Sequence[Upload]:
        if kind == "images":
            return images()
        rules = strategy.capabilities().media
        assert rules is not None
        if kind == "gif":
            alt = "It moves" if MediaKind.GIF in rules.alt_on else ""
            return media_steps.gif(as_video=rules.gif.as_video, alt=alt)
        alt = "A bright tone" if MediaKind.VIDEO in rules.alt_on else ""
        return media_steps.video(alt=alt)

    def illustrated(
        self,
        strategy: Strategy,
        media: Sequence[Upload],
        text: str = "Look",
        **more: Any,
    ) -> Step:
        """A step with media, not yet prepared."""
        now = datetime.now(UTC)
        part = Part(text, media=[upload.item for upload in media])
        draft = Draft([part], options=dict(self.options))
        payload = json.loads(json.dumps(strategy.freeze(part, draft, now)))
        key = strategy.make_key()
        step = Step(key, part.kind, payload, first_sent_at=now, **more)
        return with_media(step, media)

    @pytest.mark.parametrize("kind", KINDS)
    def test_media_appear_with_their_words(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        media = self.media(strategy, kind)
        step = prepared(strategy, self.illustrated(strategy, media), credentials)
        published = self.publish(strategy, step, credentials)
        [post] = self.posts(simulator)
        assert (post["id"], post["text"]) == (published.ref.id, "Look")
        shown = [(m["sha256"], m["alt_text"]) for m in post["data"]["media"]]
        assert shown == [(u.item.facts.sha256, u.item.alt_text) for u in media]
        for upload, one in zip(media, post["data"]["media"], strict=True):
            assert simulator.upload_bytes(one["id"]) == bytes_of(upload)
        assert simulator.summary()["uploads"] == len(media)

    def test_a_post_of_media_alone(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = self.illustrated(strategy, images(1), text="")
        step = prepared(strategy, step, credentials)
        self.publish(strategy, step, credentials)
        assert [
            (p["text"], len(p["data"]["media"])) for p in self.posts(simulator)
        ] == [("", 1)]

    @pytest.mark.parametrize("kind", KINDS)
    def test_all_done_makes_no_call(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        step = self.illustrated(strategy, self.media(strategy, kind))
        done = prepared(strategy, step, credentials)
        self.fault(simulator, "refuse_connection")
        saved = Saved(done)
        strategy.prepare(done, credentials, saved)
        assert saved.calls == []

    def test_what_a_failed_try_uploaded_is_not_uploaded_again(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        saved = Saved(self.illustrated(strategy, images()))
        after = 2 * self.image_calls
        self.fault(simulator, "error_before", on="upload", after=after)
        with pytest.raises(Unavailable):
            strategy.prepare(saved.step, credentials, saved)
        assert len(saved.handles) == 2
        step = prepared(strategy, saved.step, credentials)
        self.publish(strategy, step, credentials)
        summary = simulator.summary()
        assert (summary["uploads"], summary["uploaded_again"]) == (4, 0)

    @pytest.mark.parametrize("lost", LOST)
    @pytest.mark.parametrize("kind", ["images", "video"])
    def test_each_upload_call_may_be_lost(
        self,
        simulator: Any,
        strategy: Strategy,
        credentials: Credentials,
        lost: str,
        kind: str,
    ) -> None:
        for passed in range(self.image_calls if kind == "images" else self.video_calls):
            media = _another(kind, passed)
            saved = Saved(self.illustrated(strategy, media, f"Look {passed}"))
            how = {"after": passed} if passed else {}
            self.fault(simulator, lost, on="upload", **how)
            self.until_unavailable(strategy, saved, credentials)
            step = prepared(strategy, saved.step, credentials)
            published = self.publish(strategy, step, credentials)
            post = self.posts(simulator)[-1]
            assert post["id"] == published.ref.id
            shown = [m["sha256"] for m in post["data"]["media"]]
            assert shown == [u.item.facts.sha256 for u in media]
        assert simulator.summary()["uploaded_again"] == 0

    def until_unavailable(
        self, strategy: Strategy, saved: Saved, credentials: Credentials
    ) -> None:
        with pytest.raises(Unavailable) as caught:
            strategy.prepare(saved.step, credentials, saved)
        assert not _leaks(caught.value, credentials)

    def test_processing_is_waited_for(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        if not self.processes:
            return
        simulator.configure(processing_seconds=0.4)
        saved = Saved(self.illustrated(strategy, self.media(strategy, "video")))
        with pytest.raises(NotReady) as caught:
            strategy.prepare(saved.step, credentials, saved)
        assert caught.value.check_at > datetime.now(UTC)
        step = prepared(strategy, saved.step, credentials)
        self.publish(strategy, step, credentials)
        summary = simulator.summary()
        assert (summary["uploads"], summary["posts"]) == (1, 1)

    @pytest.mark.parametrize("lost", ["error_before", "accept_then_reset"])
    def test_a_lost_question_about_the_processing_costs_no_upload(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, lost: str
    ) -> None:
        if not self.processes:
            return
        simulator.configure(processing_seconds=0.4)
        saved = Saved(self.illustrated(strategy, self.media(strategy, "video")))
        with pytest.raises(NotReady):
            strategy.prepare(saved.step, credentials, saved)
        self.fault(simulator, lost, on="media_status")
        self.until_unavailable(strategy, saved, credentials)
        self.publish(strategy, prepared(strategy, saved.step, credentials), credentials)
        assert simulator.summary()["uploads"] == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_the_network_forgot_is_uploaded_again(
        self, simulator: Any, strategy: Strategy, credentials: Credentials, kind: str
    ) -> None:
        media = self.media(strategy, kind)
        step = prepared(strategy, self.illustrated(strategy, media), credentials)
        assert simulator.forget_uploads(self.sim_network) == len(media)
        saved = Saved(step)
        with pytest.raises(Unavailable) as caught:
            strategy.publish(step, credentials, saved)
        assert caught.value.code == "upload_gone"
        assert self.posts(simulator) == []
        again = prepared(strategy, saved.step, credentials)
        self.publish(strategy, again, credentials)
        [post] = self.posts(simulator)
        assert len(post["data"]["media"]) == len(media)

    @pytest.mark.parametrize("text", ["Look", ""])
    @pytest.mark.parametrize("kind", ["accept_then_hang", "accept_then_500"])
    def test_a_lost_post_with_media_is_found(
        self,
        simulator: Any,
        strategy: Strategy,
        credentials: Credentials,
        kind: str,
        text: str,
    ) -> None:
        step = self.illustrated(strategy, images(2), text)
        step = prepared(strategy, step, credentials)
        self.fault(simulator, kind)
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        found = self.find(strategy, step, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [found.ref.id]

    def test_repeating_with_media_is_safe_where_it_says_so(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        if strategy.capabilities(credentials).idempotency is not Idempotency.KEY:
            return
        step = self.illustrated(strategy, images(2))
        step = prepared(strategy, step, credentials)
        self.fault(simulator, "accept_then_reset")
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        again = self.publish(strategy, step, credentials)
        assert [p["id"] for p in self.posts(simulator)] == [again.ref.id]
        assert self.posts(simulator)[0]["edits"] == 0

    def test_a_lost_post_is_found_though_its_media_were_uploaded_again(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        step = prepared(
            strategy, self.illustrated(strategy, images(2), ""), credentials
        )
        self.fault(simulator, "accept_then_reset")
        with pytest.raises(OutcomeUnknown):
            self.publish(strategy, step, credentials)
        saved = Saved(step)
        Handles(step, saved).forget(upload.key for upload in step.media)
        again = prepared(strategy, saved.step, credentials)
        found = self.find(strategy, again, credentials)
        assert found is not None
        assert [p["id"] for p in self.posts(simulator)] == [found.ref.id]

    def test_posts_with_other_media_are_not_ours(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        for text in ("", "Same"):
            other = self.illustrated(strategy, images(1), text)
            other = prepared(strategy, other, credentials)
            self.publish(strategy, other, credentials)
        unsent = [
            self.illustrated(strategy, images(2), ""),
            self.illustrated(strategy, _another("images", 5), ""),
            self.illustrated(strategy, images(2), "Same"),
            self.illustrated(strategy, [], "Same"),
            self.illustrated(strategy, self.media(strategy, "video"), "Same"),
        ]
        for step in unsent:
            ready = prepared(strategy, step, credentials)
            assert self.find(strategy, ready, credentials) is None

    def test_a_rate_limit_of_uploads_says_when_to_come_back(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        saved = Saved(self.illustrated(strategy, images(1)))
        self.fault(simulator, "rate_limited", on="upload", seconds=90)
        with pytest.raises(RateLimited) as caught:
            strategy.prepare(saved.step, credentials, saved)
        assert caught.value.retry_at > datetime.now(UTC)

    def test_an_expired_token_fails_the_upload(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        saved = Saved(self.illustrated(strategy, images(1)))
        self.fault(simulator, "expired_token", on="upload")
        with pytest.raises(AuthenticationFailed):
            strategy.prepare(saved.step, credentials, saved)

    def test_a_lost_lease_ends_the_upload(
        self, simulator: Any, strategy: Strategy, credentials: Credentials
    ) -> None:
        class LeaseLost(Exception):
            pass

        def lost(learnt: Mapping[str, Any]) -> None:
            raise LeaseLost

        step = self.illustrated(strategy, images(2))
        with pytest.raises(LeaseLost):
            strategy.prepare(step, credentials, lost)

    def test_a_storage_that_fails_is_no_fault_of_the_network(
        self, strategy: Strategy, credentials: Credentials
    ) -> None:
        def closed(beat: Beat) -> Any:
            raise OSError("disk")

        [image] = images(1)
        step = self.illustrated(strategy, [replace(image, open=closed)])
        with pytest.raises(Unavailable) as caught:
            strategy.prepare(step, credentials, Saved(step))
        assert caught.value.code == "storage"


def _another(kind: str, number: int) -> Sequence[Upload]:
    """One that no other test case uploads."""
    if kind == "video":
        return media_steps.video(1.0 + (number + 1) / 5)
    return [images(8 + number)[-1]]


def _leaks(error: PlatformError, credentials: Credentials) -> bool:
    shown = f"{error!r} {error} {error.message} {error.code}"
    return any(value and value in shown for value in credentials.secrets.values())
