"""What a server says about itself when an account is connected or checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.platforms.base import Credentials, Identity
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.mastodon import MastodonStrategy
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.test_mastodon_rules import CONFIG

STRATEGY = MastodonStrategy(
    replace(CONFIG, connect_timeout=0.5, deadline=1.0, allow_private_hosts=True)
)
ME = "/api/v1/accounts/verify_credentials"
V1, V2, NODEINFO = "/api/v1/instance", "/api/v2/instance", "/nodeinfo/2.0"
ACCOUNT = {
    "id": "42",
    "username": "ada",
    "acct": "ada",
    "display_name": "Ada",
    "avatar": "https://m.example/ada.png",
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as script:
        script.answer("GET", ME, ACCOUNT)
        yield script


def connect(server: ScriptedServer) -> Identity:
    return STRATEGY.verify({"server": server.url, "access_token": " token "})


def settings_of(server: ScriptedServer) -> dict[str, Any]:
    settings = dict(connect(server).settings)
    del settings["read_at"]
    return settings


def limits(**figures: Any) -> dict[str, Any]:
    return {"configuration": {"statuses": figures}}


def software(name: str) -> dict[str, Any]:
    return {"software": {"name": name, "version": "1"}}


def test_the_account_is_the_servers(server: ScriptedServer) -> None:
    identity = connect(server)
    assert replace(identity, settings={}) == Identity(
        remote_id="42",
        handle="ada",
        session=identity.session,
        display_name="Ada",
        avatar_url="https://m.example/ada.png",
        server=server.url,
    )
    assert identity.session.secrets == {"access_token": "token"}
    assert identity.session.expires_at is None


def test_odd_details_of_an_account_are_left_out(server: ScriptedServer) -> None:
    odd = {**ACCOUNT, "display_name": None, "avatar": "data:image/png;base64,AA"}
    server.answer("GET", ME, odd)
    identity = connect(server)
    assert (identity.display_name, identity.avatar_url) == ("", "")


def test_nothing_unprintable_is_kept(server: ScriptedServer) -> None:
    odd = {
        "display_name": "A\x00d\ud800a\n👩\u200d🚀" + "x" * 500,
        "username": "a\x00da",
    }
    server.answer("GET", ME, {**ACCOUNT, **odd, "id": 42})
    server.answer("GET", V2, {"version": "4.5.2\x00"})
    identity = connect(server)
    assert (identity.remote_id, identity.handle) == ("42", "ada")
    assert identity.display_name == "Ada 👩\u200d🚀" + "x" * 246
    assert identity.settings["version"] == "4.5.2"


def test_v2_is_asked_first(server: ScriptedServer) -> None:
    v2 = {"version": "4.5.2", **limits(max_characters=5000)}
    server.answer("GET", V2, v2)
    server.answer("GET", NODEINFO, software("mastodon"))
    assert settings_of(server) == {
        "limits": {"max_characters": 5000},
        "media": {},
        "software": "mastodon",
        "version": "4.5.2",
        "is_mastodon": True,
    }
    assert server.asked() == [ME, V2, NODEINFO]


def test_v1_where_there_is_no_v2(server: ScriptedServer) -> None:
    v1 = {
        "version": "takahe/0.11.0",
        **limits(max_characters=800, characters_reserved_per_url=20),
    }
    server.answer("GET", V1, v1)
    assert settings_of(server) == {
        "limits": {"max_characters": 800, "characters_reserved_per_url": 20},
        "media": {},
        "software": "",
        "version": "takahe/0.11.0",
        "is_mastodon": False,
    }
    assert server.asked() == [ME, V2, V1, NODEINFO]


def test_the_defaults_where_there_is_neither(server: ScriptedServer) -> None:
    assert settings_of(server) == {
        "limits": {},
        "media": {},
        "software": "",
        "version": "",
        "is_mastodon": False,
    }
    account = Credentials("42", "ada", settings=connect(server).settings)
    assert STRATEGY.capabilities(account).max_length == 500


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"max_toot_chars": 3000}, {"max_characters": 3000}),
        ({"max_toot_chars": "3000"}, {}),
        (limits(max_characters=True), {}),
        (limits(max_characters=0), {}),
        (limits(max_characters=-1), {}),
        (limits(max_characters=10**9), {}),
        (limits(max_characters=500.0), {}),
        (limits(max_characters=None), {}),
        ({"configuration": []}, {}),
        ({"configuration": {"statuses": "many"}}, {}),
    ],
    ids=str,
)
def test_only_sensible_figures_are_believed(
    server: ScriptedServer, document: Mapping[str, Any], expected: Mapping[str, int]
) -> None:
    server.answer("GET", V2, {"version": "1", **document})
    assert settings_of(server)["limits"] == expected


MEDIA = {
    "description_limit": 800,
    "image_size_limit": 8_000_000,
    "image_matrix_limit": 1_000_000,
    "video_size_limit": 40_000_000,
    "video_matrix_limit": 2_000_000,
    "video_frame_rate_limit": 30,
    "supported_mime_types": ["image/png", "video/mp4", 5, "image/jpeg"],
}


def test_the_servers_own_rules_for_media_win(server: ScriptedServer) -> None:
    more = {"statuses": {"max_media_attachments": 6}, "media_attachments": MEDIA}
    server.answer("GET", V2, {"version": "1", "configuration": more})
    account = Credentials("42", "ada", settings=connect(server).settings)
    rules = STRATEGY.capabilities(account).media
    assert rules is not None
    assert (rules.max_images, rules.max_alt) == (6, 800)
    assert rules.image.types == ("image/jpeg", "image/png")
    assert (rules.image.max_bytes, rules.image.max_pixels) == (8_000_000, 1_000_000)
    assert rules.gif.as_video
    assert rules.video.types == ("video/mp4",)
    assert (rules.video.max_bytes, rules.video.max_pixels) == (40_000_000, 2_000_000)
    assert rules.video.max_frame_rate == 30


@pytest.mark.parametrize(
    "odd",
    [
        {"image_size_limit": "8000000", "description_limit": -1},
        {"image_size_limit": True, "video_size_limit": 10**15},
        {"supported_mime_types": "image/png", "image_matrix_limit": None},
        {"supported_mime_types": ["audio/ogg"]},
        [],
    ],
    ids=str,
)
def test_odd_rules_for_media_are_the_configured_ones(
    server: ScriptedServer, odd: Any
) -> None:
    server.answer("GET", V2, {"configuration": {"media_attachments": odd}})
    account = Credentials("42", "ada", settings=connect(server).settings)
    own, default = STRATEGY.capabilities(account), STRATEGY.capabilities()
    assert own.media is not None
    assert default.media is not None
    assert own.media.image == default.media.image
    assert own.media.video == default.media.video
    assert own.media.max_alt == 1500


SOURCE = "https://github.com/mastodon/mastodon"


@pytest.mark.parametrize(
    ("version", "source", "nodeinfo", "expected"),
    [
        ("4.5.2", SOURCE, software("mastodon"), True),
        ("4.5.2+glitch", "https://github.com/glitch-soc/mastodon", None, True),
        ("4.5.2", SOURCE, None, True),
        ("4.4.0-rc.1+glitch", SOURCE + "/", None, True),
        ("4.5.2", "", software("Mastodon"), True),
        ("4.5.2", SOURCE, software("pleroma"), False),
        ("4.5.2", SOURCE, software("hometown"), False),
        ("4.5.2", "", None, False),
        ("4.5.2", 5, None, False),
        ("4.2.1 (compatible; Pleroma 2.5.0)", SOURCE, None, False),
        ("2.7.2 (compatible; Akkoma 3.10.4)", "", software("akkoma"), False),
        ("4.0.0 (not true; really snac/2.75)", SOURCE, None, False),
        ("takahe/0.11.0", SOURCE, None, False),
        ("0.17.3+git-9c4d2a1", SOURCE, None, False),
        ("lookalike", SOURCE, {"software": "mastodon"}, False),
        (None, SOURCE, {"software": {"name": 1}}, False),
    ],
)
def test_only_a_server_that_says_so_is_mastodon(
    server: ScriptedServer,
    version: object,
    source: object,
    nodeinfo: object,
    expected: bool,
) -> None:
    server.answer("GET", V2, {"version": version, "source_url": source})
    if nodeinfo is not None:
        server.answer("GET", NODEINFO, nodeinfo)
    assert settings_of(server)["is_mastodon"] is expected


@pytest.mark.parametrize("path", [V2, V1, NODEINFO])
@pytest.mark.parametrize(
    ("status", "expected"), [(429, RateLimited), (500, Unavailable), (503, Unavailable)]
)
def test_a_server_in_trouble_is_asked_again_later(
    server: ScriptedServer, path: str, status: int, expected: type[PlatformError]
) -> None:
    server.answer("GET", path, {"error": "x"}, status=status)
    with pytest.raises(expected):
        connect(server)


@pytest.mark.parametrize("status", [301, 308, 400, 401, 403, 404, 405, 410, 422, 501])
def test_a_page_that_is_not_there_is_no_trouble(
    server: ScriptedServer, status: int
) -> None:
    for path in (V2, V1, NODEINFO):
        server.answer("GET", path, {"error": "x"}, status=status)
    assert settings_of(server)["limits"] == {}


@pytest.mark.parametrize("body", ["<html>", "[]", "null", ""])
def test_a_page_that_is_something_else_is_no_trouble(
    server: ScriptedServer, body: str
) -> None:
    for path in (V2, V1, NODEINFO):
        server.answer("GET", path, body)
    assert settings_of(server)["limits"] == {}


def test_a_server_that_falls_silent_is_unavailable(server: ScriptedServer) -> None:
    short = replace(STRATEGY.config, deadline=0.3)
    server.answer("GET", V2, {}, headers={"Transfer-Encoding": "chunked"})
    with pytest.raises(Unavailable):
        MastodonStrategy(short).verify({"server": server.url, "access_token": "t"})


# Signing in


SIGN_IN: list[tuple[int, object, type[PlatformError], str]] = [
    (400, {"error": "No"}, AuthenticationFailed, "authentication_failed"),
    (401, {"error": "The access token is invalid"}, AuthenticationFailed, ""),
    (403, {"error": "No"}, AuthenticationFailed, "authentication_failed"),
    (422, "", AuthenticationFailed, "authentication_failed"),
    (403, {"error": "outside the authorized scopes"}, AuthenticationFailed, "scope"),
    (403, {"error": "Your login is currently disabled"}, AccountBlocked, ""),
    (410, "", AccountBlocked, "account_blocked"),
    (429, "", RateLimited, "rate_limited"),
    (500, "", Unavailable, "unavailable"),
    (503, "", Unavailable, "unavailable"),
    (404, "", ContentRejected, "server"),
    (405, "", ContentRejected, "server"),
    (200, "<html>", ContentRejected, "server"),
    (200, "[]", ContentRejected, "server"),
    (200, {"id": "1"}, ContentRejected, "server"),
    (200, {"username": "ada"}, ContentRejected, "server"),
    (200, {"id": "1" * 256, "username": "ada"}, ContentRejected, "server"),
    (200, {"id": "1", "username": "\x00"}, ContentRejected, "server"),
    (307, "", ContentRejected, "server"),
]


@pytest.mark.parametrize(("status", "body", "expected", "code"), SIGN_IN)
def test_what_signing_in_can_end_with(
    server: ScriptedServer,
    status: int,
    body: object,
    expected: type[PlatformError],
    code: str,
) -> None:
    server.answer("GET", ME, body, status=status)
    with pytest.raises(PlatformError) as caught:
        connect(server)
    error = caught.value
    assert (type(error), error.code) == (expected, code or expected.default_code)


# Checking


def checked(server: ScriptedServer, **settings: Any) -> Identity:
    return STRATEGY.check(
        Credentials(
            "42",
            "ada",
            server=server.url,
            secrets={"access_token": "token"},
            settings=settings,
        )
    )


def hours_ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def test_a_check_reads_the_limits_again_after_a_day(server: ScriptedServer) -> None:
    server.answer("GET", V2, {"version": "4.5.2", **limits(max_characters=700)})
    settings = checked(server, read_at=hours_ago(25), limits={}).settings
    assert settings["limits"] == {"max_characters": 700}
    assert settings["read_at"] > hours_ago(1)


def test_a_check_within_a_day_asks_only_for_the_account(
    server: ScriptedServer,
) -> None:
    known = {"read_at": hours_ago(23), "limits": {"max_characters": 600}}
    assert checked(server, **known).settings == known
    assert server.asked() == [ME]


def test_a_check_of_an_account_without_settings_reads_them(
    server: ScriptedServer,
) -> None:
    assert checked(server).settings["limits"] == {}


def test_a_server_that_went_astray_is_unavailable_to_a_check(
    server: ScriptedServer,
) -> None:
    """An account that worked is not taken for a mistyped one."""
    for status in (200, 302, 404):
        server.answer("GET", ME, "<html>", status=status)
        with pytest.raises(Unavailable):
            checked(server)


def test_a_dead_token_fails_a_check(server: ScriptedServer) -> None:
    server.answer("GET", ME, {"error": "revoked"}, status=401)
    with pytest.raises(AuthenticationFailed):
        checked(server)
