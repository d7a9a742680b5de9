"""Sending files: piece by piece, as long as something moves."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    ContentRejected,
    PlatformError,
    Unavailable,
)
from social_media.platforms.transport import (
    Section,
    deadline,
    multipart,
    raw,
    upload,
    uploads,
)
from tests.social_media.platforms.servers import (
    OK,
    answer,
    certificate,
    closed_port,
    reset,
    serving,
)

AUTH = {"Authorization": "Bearer secret-token"}


def settings(**more: Any) -> NetworkConfig:
    known = {"connect_timeout": 0.4, "deadline": 0.6, "upload_deadline": 20.0}
    return NetworkConfig(api_url="", **{**known, "allow_private_hosts": True, **more})


def ignore() -> None:
    return


def send(
    url: str,
    data: bytes | io.IOBase = b"12345",
    *,
    size: int | None = None,
    keep_alive: Callable[[], None] = ignore,
    config: NetworkConfig | None = None,
) -> Any:
    file: Any = io.BytesIO(data) if isinstance(data, bytes) else data
    length = size if size is not None else len(file.getbuffer())
    body = raw(Section(file, length), "image/png")
    return upload(config or settings(), url, body, headers=AUTH, keep_alive=keep_alive)


class Zeros(io.RawIOBase):
    """As many as are asked for, from nowhere."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset


@contextmanager
def draining(
    *, pause: float = 0.0, every: int = 1, stop_after: int | None = None
) -> Iterator[tuple[str, list[int]]]:
    """Reads slowly, counts, keeps nothing; answers at the end. Stops if told to."""
    counted = [0]

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            listener.settimeout(5)
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                _drain(connection)

    def _drain(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while counted[0] < length:
            if stop_after is not None and counted[0] >= stop_after:
                time.sleep(1.5)
                return
            for _ in range(every):
                got = len(connection.recv(min(65536, length - counted[0])))
                counted[0] += got
                if counted[0] >= length:
                    break
                if not got:
                    return
            time.sleep(pause)
        connection.sendall(OK)

    with socket.socket() as listener:
        # A small window, so that a server which doesn't read is noticed.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", counted
        thread.join()


# What arrives


def test_the_bytes_arrive_with_their_length_and_type() -> None:
    data = os.urandom(200_000)
    with serving(answer(OK)) as server:
        assert send(server.url, data).text == "ok"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == data
    lines = head.lower().split(b"\r\n")
    assert b"content-length: 200000" in lines
    assert b"content-type: image/png" in lines
    assert b"authorization: bearer secret-token" in lines
    assert b"transfer-encoding" not in head.lower()


def test_a_section_is_what_it_says() -> None:
    data = os.urandom(300_000)
    with serving(answer(OK)) as server:
        body = raw(Section(io.BytesIO(data), 150_000, 70_000), "video/mp4")
        upload(settings(), server.url, body, headers=AUTH, keep_alive=ignore)
    assert server.requests[0].partition(b"\r\n\r\n")[2] == data[70_000:220_000]


def test_a_form_can_be_read() -> None:
    data = b"--\r\n\x00" + os.urandom(70_000)
    form = multipart(
        Section(io.BytesIO(data), len(data)),
        part="file",
        file_name="media.png",
        content_type="image/png",
        fields={"description": 'Ä "quoted"\r\nline ☃', "focus": "0.1,-0.2"},
    )
    with serving(answer(OK)) as server:
        upload(settings(), server.url, form, headers=AUTH, keep_alive=ignore)
    read = message_from_bytes(server.requests[0].partition(b"\r\n")[2])
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in read.get_payload()
    }
    assert list(parts) == ["description", "focus", "file"]
    said = parts["description"].get_payload(decode=True)
    assert said.decode() == 'Ä "quoted"\r\nline ☃'
    assert parts["file"].get_payload(decode=True) == data
    assert parts["file"].get_filename() == "media.png"
    assert parts["file"].get_content_type() == "image/png"


def test_an_empty_file_is_sent_as_one() -> None:
    with serving(answer(OK)) as server:
        assert send(server.url, b"").status_code == 200


def test_it_goes_over_tls(tmp_path: Path, trust: Callable[[Path], None]) -> None:
    context, file = certificate(tmp_path, "localhost")
    trust(file)
    data = os.urandom(500_000)
    with serving(answer(OK), context) as server:
        send(server.url, data)
    received = server.requests[0].partition(b"\r\n\r\n")[2]
    assert hashlib.sha256(received).digest() == hashlib.sha256(data).digest()


def test_no_more_than_a_few_pieces_are_in_memory() -> None:
    size = 40_000_000
    with draining() as (url, counted):
        tracemalloc.start()
        send(url, Zeros(), size=size)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert counted == [size]
    assert peak < 2_000_000


# Time


def test_a_slow_upload_may_take_longer_than_the_deadline() -> None:
    began = time.monotonic()
    with draining(pause=0.1, every=8) as (url, counted):
        send(url, Zeros(), size=5_000_000)
    assert counted == [5_000_000]
    assert time.monotonic() - began > 0.6


def test_nothing_may_stand_still_for_the_deadline() -> None:
    began = time.monotonic()
    with draining(stop_after=1_000_000) as (url, _), pytest.raises(Unavailable):
        send(url, Zeros(), size=50_000_000)
    assert time.monotonic() - began < 3


def test_all_of_it_ends_after_its_total() -> None:
    config = settings(upload_deadline=0.5)
    with draining(pause=0.1) as (url, counted):
        began = time.monotonic()
        failed(url, data=Zeros(), size=50_000_000, config=config)
        assert 0.4 < time.monotonic() - began < 1.2
    assert counted[0] < 50_000_000


def test_an_answer_has_the_deadline_from_the_last_byte() -> None:
    def late(connection: socket.socket, request: bytes) -> bool:
        time.sleep(0.4)
        return answer(OK)(connection, request)

    with serving(late) as server:
        assert send(server.url).text == "ok"


def test_an_answer_that_never_comes_ends_the_upload() -> None:
    with serving(lambda *_: time.sleep(1.2) is None) as server:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            send(server.url)
        assert 0.5 < time.monotonic() - began < 1.1


def test_a_deadline_around_it_wins() -> None:
    with draining(pause=0.1) as (url, _):
        began = time.monotonic()
        with deadline(0.3):
            failed(url, data=Zeros(), size=50_000_000)
        assert time.monotonic() - began < 0.8


# Keeping alive


def test_it_says_now_and_then_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "KEEP_ALIVE", 0.05)
    called = []
    with draining(pause=0.05, every=4) as (url, _):
        send(url, Zeros(), size=5_000_000, keep_alive=lambda: called.append(1))
    assert 3 < len(called) < 40


def test_a_slow_keep_alive_is_no_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "KEEP_ALIVE", 0.0)
    called = []

    def slow() -> None:
        called.append(1)
        if len(called) < 3:
            time.sleep(0.7)

    with serving(answer(OK)) as server:
        assert send(server.url, bytes(300_000), keep_alive=slow).text == "ok"
    assert len(called) == 1 + 5  # before all of it, and for every piece


def test_what_keeping_alive_raises_passes_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "KEEP_ALIVE", 0.0)

    class LeaseLost(OSError):
        """An OSError too: no broken connection, no broken storage."""

    asked: list[int] = []

    def lost() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise LeaseLost

    with serving(answer(OK)) as server:
        with pytest.raises(LeaseLost):
            send(server.url, bytes(300_000), keep_alive=lost)
        assert send(server.url).text == "ok"  # a fresh connection


def test_who_must_stop_before_it_began_sends_nothing() -> None:
    class LeaseLost(Exception):
        """It stood still for too long."""

    def lost() -> None:
        raise LeaseLost

    with serving(answer(OK)) as server:
        with pytest.raises(LeaseLost):
            send(server.url, keep_alive=lost)
        assert server.connections == 0


# What breaks


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 100_000:
            raise OSError("the disk is gone")
        return super().read(size)


@pytest.mark.parametrize(
    ("file", "size"), [(io.BytesIO(b"short"), 10), (Broken(bytes(300_000)), 300_000)]
)
def test_a_file_that_can_not_be_read_is_the_storages_fault(
    file: io.IOBase, size: int
) -> None:
    with serving(answer(OK)) as server, pytest.raises(Unavailable) as caught:
        send(server.url, file, size=size)
    assert caught.value.code == "storage"


def failed(url: str, **how: Any) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        send(url, **how)
    assert "secret-token" not in f"{caught.value!r}{caught.value.__cause__!r}"
    return caught.value


def test_a_reset_publishes_nothing() -> None:
    with serving(reset) as server:
        assert type(failed(server.url)) is Unavailable


def test_nobody_listening() -> None:
    assert failed(f"http://127.0.0.1:{closed_port()}/").code == "unreachable"


def test_private_addresses_are_refused() -> None:
    with serving(answer(OK)) as server:
        config = settings(allow_private_hosts=False)
        url = server.url.replace("http:", "https:")
        assert type(failed(url, config=config)).__mro__[1] is ContentRejected
    assert server.connections == 0


def test_no_redirect_is_followed() -> None:
    with serving(answer(OK)) as elsewhere:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}\r\n".encode()
        with serving(answer(head, b"Content-Length: 0\r\n\r\n")) as server:
            assert failed(server.url).code == "redirected"
    assert elsewhere.connections == 0


def test_a_refusal_before_the_last_byte_is_read() -> None:
    """Servers turn a large file away by its head, and hang up."""

    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
            connection.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while connection.recv(1_000_000):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse, args=[listener])
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert send(url, Zeros(), size=5_000_000).status_code == 413
        thread.join()
