"""The embedded broker keeps messages whole among threads and processes."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Exchange, Queue

from config.files_broker import SCHEME


def connect(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder),
        "polling_interval": 0.01,
    }
    return Connection(f"{SCHEME}://localhost//", transport_options=options)


def bound(connection: Connection, name: str) -> Queue:
    queue = Queue(name, Exchange(name), routing_key=name)
    return queue(connection.default_channel)


def test_a_message_goes_to_its_queue_only_and_once(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        scan, dotted = bound(connection, "scan"), bound(connection, "one.scan")
        scan.declare()
        dotted.declare()
        with connection.Producer() as producer:
            producer.publish({"id": 1}, exchange=scan.exchange, routing_key="scan")
        assert dotted.get() is None
        message = scan.get()
        assert message is not None
        assert message.payload == {"id": 1}
        assert scan.get() is None
        message.ack()
    assert list(tmp_path.glob("*.msg")) == []


def test_readers_never_meet_half_a_message_and_none_twice(tmp_path: Path) -> None:
    total, got, failures = 600, [], []
    lock = threading.Lock()

    def read() -> None:
        with connect(tmp_path) as connection:
            channel = connection.default_channel
            while len(got) < total and not failures:
                try:
                    message = channel._get("scan")
                except Empty:
                    continue
                except Exception as error:  # noqa: BLE001
                    failures.append(error)
                    return
                with lock:
                    got.append(message["id"])

    def write(first: int) -> None:
        with connect(tmp_path) as connection:
            for number in range(first, first + total // 3):
                body = {"id": number, "ballast": "x" * 5000}
                connection.default_channel._put("scan", body)

    writers = [
        threading.Thread(target=write, args=(first,)) for first in range(0, total, 200)
    ]
    threads = [*writers, threading.Thread(target=read), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    assert sorted(got) == list(range(total))


def test_queues_that_are_declared_at_once_are_all_known(tmp_path: Path) -> None:
    failures: list[Exception] = []
    together = threading.Barrier(8)

    def declare(number: int) -> None:
        with connect(tmp_path) as connection:
            exchange = Exchange("celery.pidbox", type="fanout")
            queue = Queue(f"worker{number}", exchange)(connection.default_channel)
            together.wait()
            try:
                queue.declare()
            except ValueError as error:
                failures.append(error)

    threads = [threading.Thread(target=declare, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    with connect(tmp_path) as connection:
        table = connection.default_channel.get_table("celery.pidbox")
    assert sorted(row.queue for row in table) == [f"worker{n}" for n in range(8)]


@pytest.mark.parametrize("rest", ["x.unfinished", "x.scan.taken"])
def test_what_a_killed_process_leaves_behind_is_no_message(
    tmp_path: Path, rest: str
) -> None:
    (tmp_path / rest).write_text("")
    with connect(tmp_path) as connection, pytest.raises(Empty):
        connection.default_channel._get("scan")
