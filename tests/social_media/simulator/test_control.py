"""The page and the control API."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.social_media.simulator import wire
from tests.social_media.simulator.posters import MastodonPoster
from tests.social_media.simulator.samples import jpeg, png


@pytest.fixture
def http(simulator):
    with httpx.Client(base_url=simulator.base_url) as http:
        yield http


def toot(simulator, text: str, reply_to: str | None = None, handle: str = "ann") -> str:
    given = simulator.account("mastodon", handle)
    answer = wire.post(
        f"{given['server']}/api/v1/statuses",
        json={"status": text, "in_reply_to_id": reply_to},
        headers={"Authorization": f"Bearer {given['access_token']}"},
    )
    return answer.json()["id"]


def test_it_lives_and_says_where_the_networks_are(simulator, http):
    body = http.get("/healthz").json()
    assert body == {"status": "ok", "urls": simulator.urls}
    assert list(simulator.urls) == ["x", "bluesky", "mastodon", "fediverse"]


def test_the_page_needs_nothing_but_its_own_files(http):
    page = http.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'self'; frame-ancestors 'none'"
    )
    linked = re.findall(r'(?:src|href)="(/[^"]*)"', page.text)
    assert linked == ["/avatar.svg", "/page.css", "/page.js", "/api/posts"]
    assert [http.get(path).status_code for path in linked] == [200] * 4
    assert re.findall(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", page.text) == []


def test_the_page_says_how_to_make_a_network_misbehave(simulator, http):
    page = html.unescape(re.sub(r"</?span[^>]*>", "", http.get("/").text))
    (asked,) = re.findall(r"/api/faults -H .*\\\n  -d '(.*)'", page)
    answer = http.post("/api/faults", content=asked)
    assert answer.status_code == 201
    assert simulator.faults()[0]["kind"] == "accept_then_hang"
    assert "curl -s -X DELETE http://127.0.0.1:8900/api/faults" in page
    assert http.delete("/api/faults").status_code == 204


@pytest.mark.parametrize(
    ("network", "handle", "names"),
    [
        ("x", "ann", {"access_token", "refresh_token"}),
        ("bluesky", "ann.bsky.test", {"identifier", "app_password", "server"}),
        ("mastodon", "ann", {"server", "access_token"}),
        ("fediverse", "ann", {"server", "access_token"}),
    ],
)
def test_an_account_comes_with_its_credentials(http, network, handle, names):
    answer = http.post("/api/accounts", json={"network": network, "handle": "@ann"})
    body = answer.json()
    assert (answer.status_code, body["handle"]) == (201, handle)
    assert set(body["credentials"]) == names
    again = http.post("/api/accounts", json={"network": network, "handle": "ann"})
    assert again.json()["remote_id"] == body["remote_id"]
    assert http.get("/api/accounts").json() == {
        "accounts": [
            {"network": network, "handle": handle, "remote_id": body["remote_id"]}
        ]
    }


def test_accounts_can_be_made_by_the_list(simulator):
    asked = [{"network": "x", "handle": name} for name in ("ann", "bob")]
    made = simulator.accounts(asked)
    assert [each["handle"] for each in made] == ["ann", "bob"]
    assert len({each["credentials"]["access_token"] for each in made}) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "The body must be a JSON object."),
        (b"{", "The body must be a JSON object."),
        (b'{"accounts": {}}', "accounts must be a list."),
        (b'{"accounts": [1]}', "An account is an object."),
        (
            b'{"network": "orkut", "handle": "ann"}',
            "Unknown network 'orkut'; known: x, bluesky, mastodon, fediverse.",
        ),
        (b'{"network": "x", "handle": " @ "}', "handle must be a name."),
        (b'{"network": "x", "handle": "a", "age": 3}', "Unknown fields: age."),
    ],
)
def test_a_bad_account_is_refused_in_words(http, body, words):
    answer = http.post("/api/accounts", content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": words})
    assert http.get("/api/accounts").json() == {"accounts": []}


def test_one_bad_account_in_a_list_makes_none(http):
    asked = [{"network": "x", "handle": "ann"}, {"network": "x"}]
    assert http.post("/api/accounts", json={"accounts": asked}).status_code == 400
    assert http.get("/api/accounts").json() == {"accounts": []}


def test_posts_by_network_and_account(simulator):
    toot(simulator, "one")
    toot(simulator, "two", handle="bob")
    assert [post["text"] for post in simulator.posts()] == ["one", "two"]
    assert [post["text"] for post in simulator.posts("mastodon", "@bob")] == ["two"]
    assert simulator.posts("x") == []
    with pytest.raises(ValueError, match="Unknown network 'orkut'"):
        simulator.posts("orkut")
    with pytest.raises(ValueError, match="account needs a network"):
        simulator.posts(account="ann")


def test_doubled_means_the_same_text_under_the_same_parent(simulator):
    first = toot(simulator, "same")
    toot(simulator, "same", handle="bob")
    toot(simulator, "same", reply_to=first)
    assert simulator.summary()["doubled"] == 0
    toot(simulator, "same")
    toot(simulator, "same")
    assert simulator.summary() == {
        "posts": 5,
        "doubled": 2,
        "duplicates_refused": 0,
        "uploads": 0,
        "bytes_uploaded": 0,
        "uploaded_again": 0,
        "by_network": {
            "x": {"posts": 0, "doubled": 0},
            "bluesky": {"posts": 0, "doubled": 0},
            "mastodon": {"posts": 5, "doubled": 2},
            "fediverse": {"posts": 0, "doubled": 0},
        },
    }
    assert [post["doubled"] for post in simulator.posts("mastodon", "ann")] == [
        True,
        False,
        True,
        True,
    ]


def test_the_board_has_threads_newest_first(simulator, http):
    root = toot(simulator, "root")
    toot(simulator, "left", reply_to=root)
    right = toot(simulator, "right", reply_to=root)
    toot(simulator, "below right", reply_to=right)
    toot(simulator, "newer")
    [network] = [n for n in http.get("/api/board").json()["networks"] if n["posts"]]
    [account] = network["accounts"]
    shown = [[(p["text"], p["depth"]) for p in thread] for thread in account["threads"]]
    assert shown == [
        [("newer", 0)],
        [("root", 0), ("left", 1), ("right", 1), ("below right", 2)],
    ]
    assert (account["handle"], account["posts"], account["hidden"]) == ("ann", 5, 0)


def test_the_board_has_what_a_post_shows(simulator, http):
    ann = MastodonPoster(simulator)
    described = ann.send(png(30, 20), description="A wall").json()["id"]
    ann.toot("look", described, ann.upload(jpeg()))
    account = http.get("/api/board").json()["networks"][2]["accounts"][0]
    first, second = account["threads"][0][0]["media"]
    assert (first["alt_text"], second["alt_text"]) == ("A wall", "")
    assert (first["kind"], first["width"], first["height"]) == ("image", 30, 20)
    contents = [http.get(media["url"]).content for media in (first, second)]
    assert contents == [png(30, 20), jpeg()]


def test_the_board_shows_the_newest_of_many(simulator, http):
    for number in range(32):
        toot(simulator, f"n{number}")
    networks = http.get("/api/board").json()["networks"]
    account = networks[2]["accounts"][0]
    assert (account["posts"], len(account["threads"]), account["hidden"]) == (32, 30, 2)
    assert account["threads"][0][0]["text"] == "n31"


def test_an_unchanged_board_is_not_sent_again(simulator, http):
    tag = http.get("/api/board").headers["ETag"]
    unchanged = {"If-None-Match": tag}
    assert http.get("/api/board", headers=unchanged).status_code == 304
    toot(simulator, "news")
    assert http.get("/api/board", headers=unchanged).status_code == 200


def test_a_posts_link_leads_to_it_on_the_page(simulator, http):
    toot(simulator, "linked")
    [post] = simulator.posts()
    answer = wire.get(post["url"])
    board = http.get("/api/board").json()
    anchor = board["networks"][2]["accounts"][0]["threads"][0][0]["anchor"]
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{simulator.base_url}/#{anchor}",
    )
    assert wire.get(f"{simulator.urls['mastodon']}/@ann/1").status_code == 404


def test_faults_can_be_listed_and_cleared(simulator):
    toot(simulator, "hello")
    made = simulator.fault("mastodon", "slow", account="@ann", calls=2, seconds=0.01)
    assert made == {
        "id": made["id"],
        "network": "mastodon",
        "kind": "slow",
        "on": "publish",
        "account": "ann",
        "calls": 2,
        "seconds": 0.01,
        "seconds_left": None,
        "after": 0,
        "hits": 0,
        "does": "carried out and answered late, even when the client is gone by then",
    }
    toot(simulator, "slowly")
    assert simulator.faults() == [{**made, "calls": 1, "hits": 1}]
    simulator.clear_faults()
    assert simulator.faults() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("orkut", "slow"), "Unknown network 'orkut'"),
        (("x", "explode"), "Unknown kind 'explode'"),
        (("bluesky", "processing"), "bluesky has no answer"),
    ],
)
def test_an_unknown_fault_is_refused_in_words(simulator, asked, words):
    with pytest.raises(ValueError, match=words):
        simulator.fault(*asked)
    assert simulator.faults() == []


def test_a_fault_of_an_unknown_account_is_refused(simulator):
    with pytest.raises(ValueError, match="No account 'nobody' on x"):
        simulator.fault("x", "slow", account="nobody")
    simulator.account("x", "ann")
    with pytest.raises(ValueError, match="takes no account"):
        simulator.fault("x", "refuse_connection", account="ann")


def test_reset_forgets_everything(simulator, http):
    toot(simulator, "gone")
    simulator.fault("mastodon", "error_before")
    simulator.fault("x", "refuse_connection")
    simulator.reset()
    assert (simulator.posts(), simulator.faults()) == ([], [])
    assert http.get("/api/accounts").json() == {"accounts": []}
    assert wire.get(simulator.urls["x"]).status_code == 404
    assert toot(simulator, "anew")
