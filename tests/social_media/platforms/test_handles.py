"""What a network holds already, from try to try."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import pytest

from social_media.platforms.errors import NotReady, Unavailable
from social_media.platforms.handles import (
    Handles,
    bring_all,
    handles_of,
    ids_of,
    opened,
)
from social_media.platforms.media import Beat, Upload
from tests.social_media.platforms.media_steps import Saved, images, with_media
from tests.social_media.platforms.x_answering import step

NOW = datetime.now(UTC)


def saved_with(**handles: dict[str, str]) -> Saved:
    saved = Saved(with_media(step("Look"), images(2)))
    saved({"uploads": handles, "mentions": {"ada": None}})
    saved.calls.clear()
    return saved


def test_each_handle_is_saved_with_all_others() -> None:
    saved = saved_with(a={"id": "1"})
    handles = Handles(saved.step, saved)
    handles.save("b", {"id": "2"})
    handles.save("c", {"id": "3"})
    handles.forget(["a", "c"])
    assert [list(call["uploads"]) for call in saved.calls] == [
        ["a", "b"],
        ["a", "b", "c"],
        ["b"],
    ]
    assert saved.step.checkpoint == {
        "uploads": {"b": {"id": "2"}},
        "former_uploads": ["1", "3"],
        "mentions": {"ada": None},
    }


def test_a_look_up_knows_all_that_a_try_may_have_shown() -> None:
    saved = saved_with(a={"id": "1"}, b={"id": "2"}, c={"blob": "no id"})
    handles = Handles(saved.step, saved)
    handles.save("a", {"id": "1", "done": "yes"})
    assert ids_of(saved.step) == {"1", "2"}
    handles.forget(["a"])
    handles.save("a", {"id": "3"})
    Handles(saved.step, saved).save("b", {"id": "4"})
    assert ids_of(saved.step) == {"1", "2", "3", "4"}
    assert saved.step.checkpoint["former_uploads"] == ["1", "2"]


def test_a_handle_changes_only_when_it_is_saved() -> None:
    saved = saved_with(a={"id": "1"})
    handles = Handles(saved.step, saved)
    found = handles.get("a")
    assert found is not None
    found["id"] = "2"
    assert handles.get("a") == {"id": "1"}
    assert handles.get("b") is None


def test_keeping_alive_saves_nothing() -> None:
    saved = saved_with()
    Handles(saved.step, saved).keep_alive()
    assert saved.calls == [{}]


class _LeaseLost(Exception):
    pass


def _coming_slowly(beat: Beat) -> BinaryIO:
    beat()
    beat()
    return io.BytesIO(b"bytes")


def test_the_work_goes_on_while_a_file_is_fetched_and_once_it_is_there() -> None:
    beats: list[int] = []
    [image] = images(1)
    upload = replace(image, open=_coming_slowly)
    with opened(upload, lambda: beats.append(1)) as file:
        assert (file.read(), len(beats)) == (b"bytes", 3)
    with opened(image, lambda: beats.append(1)):
        assert len(beats) == 4


def test_who_may_not_go_on_is_told_while_a_file_is_fetched() -> None:
    def lost() -> None:
        raise _LeaseLost

    upload = replace(images(1)[0], open=_coming_slowly)
    with pytest.raises(_LeaseLost), opened(upload, lost):
        pass


def test_all_are_begun_before_the_latest_is_waited_for() -> None:
    begun: list[str] = []
    waits = [None, NOW + timedelta(seconds=9), NOW + timedelta(seconds=3)]

    def bring(upload: Upload) -> datetime | None:
        begun.append(upload.key)
        return waits[len(begun) - 1]

    with pytest.raises(NotReady) as caught:
        bring_all(images(3), bring)
    assert caught.value.check_at == waits[1]
    assert len(begun) == 3


def test_nothing_is_shown_that_was_not_uploaded() -> None:
    first, second = images(2)
    saved = Saved(with_media(step("Look"), [first, second]))
    saved({"uploads": {second.key: {"id": "2"}, first.key: {"id": "1"}}})
    assert [handle["id"] for handle in handles_of(saved.step)] == ["1", "2"]
    saved({"uploads": {first.key: {"id": "1"}}})
    with pytest.raises(Unavailable) as caught:
        list(handles_of(saved.step))
    assert caught.value.code == "upload_gone"
