"""Only public addresses, and exactly the one that was checked."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport import (
    AddressRefused,
    classify,
    httpx_transport,
    is_public,
    requests_session,
    sockets,
)

PUBLIC = "93.184.216.34"

Get = Callable[[str], Any]


@pytest.fixture(params=["requests", "httpx"])
def get(request: pytest.FixtureRequest) -> Get:
    config = NetworkConfig(api_url="", connect_timeout=0.5, deadline=1.0)
    if request.param == "requests":
        return requests_session(config).get
    return httpx.Client(transport=httpx_transport(config)).get


class Resolver:
    """A name server that answers each question differently."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        found = []
        for address in self.answers.pop(0):
            six = ":" in address
            family = socket.AF_INET6 if six else socket.AF_INET
            where = (address, port, 0, 0) if six else (address, port)
            found.append((family, socket.SOCK_STREAM, 6, "", where))
        return found


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where sockets tried to connect to; nothing leaves the machine."""
    tried: list[str] = []

    def refuse(_self: socket.socket, address: tuple[Any, ...]) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(sockets.DeadlineSocket, "connect", refuse)
    return tried


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "8.8.8.8",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "172.32.0.1",
        "100.128.0.1",
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_our_own_house_is_refused(get: Get, connected: list[str], url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        get(url)
    assert connected == []
    assert caught.value.code == "server"
    assert classify(caught.value, visible=True) is caught.value


@pytest.mark.parametrize("url", ["http://example.com/", "HTTP://example.com/"])
def test_nothing_goes_out_in_the_clear(
    get: Get, connected: list[str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver([PUBLIC]))
    with pytest.raises(AddressRefused):
        get(url)
    assert connected == []


def test_the_name_is_asked_once_and_its_answer_used(
    get: Get, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Resolver([PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with pytest.raises(Exception, match="refused"):
        get("https://rebinding.example/")
    assert (names.asked, connected) == (["rebinding.example"], [PUBLIC])


@pytest.mark.parametrize("private", ["10.0.0.1", "fd00::1", "::ffff:192.168.0.1"])
def test_one_private_address_among_public_ones_is_enough(
    get: Get, connected: list[str], private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver([PUBLIC, private]))
    with pytest.raises(AddressRefused):
        get("https://mixed.example/")
    assert connected == []


def test_a_port_does_not_matter(get: Get, connected: list[str]) -> None:
    with pytest.raises(AddressRefused):
        get("https://127.0.0.1:8443/")
    assert connected == []
