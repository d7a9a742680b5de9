"""Bluesky's PDS, driven by atproto."""

from __future__ import annotations

import time

import httpx
import pytest
from atproto import Client, models
from atproto.exceptions import (
    BadRequestError,
    RateLimitExceededError,
    RequestException,
    UnauthorizedError,
)

from tests.social_media.simulator import wire

POST = "app.bsky.feed.post"
RKEY = "3l6oveex3ii2l"
CREATED = "2026-11-20T10:00:00.000Z"


def record(text: str, **more) -> models.AppBskyFeedPost.Record:
    return models.AppBskyFeedPost.Record(text=text, created_at=CREATED, **more)


def put(pds: Client, value, rkey: str = RKEY, repo: str = "", collection: str = POST):
    return pds.com.atproto.repo.put_record(
        models.ComAtprotoRepoPutRecord.Data(
            repo=repo or pds.me.did, collection=collection, rkey=rkey, record=value
        )
    )


def raw(simulator, pds: Client, method: str, **body) -> httpx.Response:
    session = pds._session_dispatcher.session
    return wire.post(
        f"{simulator.urls['bluesky']}/xrpc/{method}",
        json={"repo": pds.me.did, "collection": POST, **body},
        headers={"Authorization": f"Bearer {session.access_jwt}"},
    )


def test_signing_in_gives_a_profile_and_a_token_with_an_end(pds):
    assert (pds.me.handle, pds.me.did[:8]) == ("ann.bsky.test", "did:plc:")
    payload = pds._session_dispatcher.session.access_jwt_payload
    assert payload.sub == pds.me.did
    assert payload.exp - payload.iat == 120 * 60


def test_a_wrong_password_is_refused(simulator, pds):
    given = simulator.account("bluesky", "ann")
    answer = wire.post(
        f"{given['server']}/xrpc/com.atproto.server.createSession",
        json={"identifier": given["identifier"], "password": "wrong"},
    )
    assert (answer.status_code, answer.json()) == (
        401,
        {
            "error": "AuthenticationRequired",
            "message": "Invalid identifier or password",
        },
    )


def test_the_31st_sign_in_within_five_minutes_is_limited(simulator):
    given = simulator.account("bluesky", "busy")
    body = {"identifier": given["identifier"], "password": given["app_password"]}
    with httpx.Client(base_url=given["server"]) as http:
        codes = [
            http.post("/xrpc/com.atproto.server.createSession", json=body).status_code
            for _ in range(31)
        ]
    assert codes == [200] * 30 + [429]


def test_refreshing_gives_a_new_pair_and_the_old_one_the_same_successor(pds):
    old = pds._session_dispatcher.session.refresh_jwt
    headers = {"Authorization": f"Bearer {old}"}
    server = pds.com.atproto.server
    first = server.refresh_session(headers=headers, ignore_session_check=True)
    again = server.refresh_session(headers=headers, ignore_session_check=True)
    assert first.refresh_jwt != old
    assert again.refresh_jwt == first.refresh_jwt
    assert first.did == pds.me.did


def test_get_session_and_describe_server(pds):
    assert pds.com.atproto.server.get_session().handle == "ann.bsky.test"
    described = pds.com.atproto.server.describe_server()
    assert described.available_user_domains == [".bsky.test"]


def test_a_deleted_session_is_over(pds):
    refresh = {"Authorization": f"Bearer {pds._session_dispatcher.session.refresh_jwt}"}
    pds.com.atproto.server.delete_session(headers=refresh, ignore_session_check=True)
    with pytest.raises(BadRequestError) as dead:
        pds.com.atproto.server.get_session()
    assert dead.value.response.content.error == "ExpiredToken"


def test_no_token_and_a_made_up_one(simulator):
    url = f"{simulator.urls['bluesky']}/xrpc/com.atproto.server.getSession"
    missing = wire.get(url)
    assert (missing.status_code, missing.json()["error"]) == (401, "AuthMissing")
    wrong = wire.get(url, headers={"Authorization": "Bearer a.b.c"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "InvalidToken")


def test_handles_resolve(simulator, pds):
    assert pds.resolve_handle("ann.bsky.test").did == pds.me.did
    with pytest.raises(BadRequestError):
        pds.resolve_handle("nobody.bsky.test")


def test_the_same_record_under_the_same_key_changes_nothing(simulator, pds):
    first, second = put(pds, record("hello")), put(pds, record("hello"))
    assert first.uri == f"at://{pds.me.did}/{POST}/{RKEY}"
    assert (second.uri, second.cid) == (first.uri, first.cid)
    assert (first.commit is None, second.commit is None) == (False, True)
    [stands] = simulator.posts("bluesky", "ann")
    assert (stands["id"], stands["text"], stands["edits"]) == (first.uri, "hello", 0)


def test_another_record_under_the_same_key_silently_replaces(simulator, pds):
    first, second = put(pds, record("hello")), put(pds, record("other"))
    assert first.cid != second.cid
    [stands] = simulator.posts("bluesky")
    assert (stands["text"], stands["edits"]) == ("other", 1)


def test_swap_record_null_creates_only(simulator, pds):
    put(pds, record("hello"))
    other = {"$type": POST, "text": "other", "createdAt": CREATED}
    refused = raw(
        simulator,
        pds,
        "com.atproto.repo.putRecord",
        rkey=RKEY,
        record=other,
        swapRecord=None,
    )
    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidSwap")
    same = {"$type": POST, "text": "hello", "createdAt": CREATED}
    accepted = raw(
        simulator,
        pds,
        "com.atproto.repo.putRecord",
        rkey=RKEY,
        record=same,
        swapRecord=None,
    )
    assert accepted.status_code == 200


def test_creating_under_a_taken_key_is_a_bare_500(simulator, pds):
    pds.app.bsky.feed.post.create(pds.me.did, record("one"), rkey=RKEY)
    with pytest.raises(RequestException) as refused:
        pds.app.bsky.feed.post.create(pds.me.did, record("one"), rkey=RKEY)
    assert refused.value.response.status_code == 500
    assert len(simulator.posts("bluesky")) == 1


def test_creating_without_a_key_makes_one(simulator, pds):
    made = pds.app.bsky.feed.post.create(pds.me.did, record("keyless"))
    found = pds.app.bsky.feed.post.get(pds.me.did, made.uri.rsplit("/", 1)[1])
    assert (found.cid, found.value.text) == (made.cid, "keyless")


def test_reading_what_is_absent(pds):
    with pytest.raises(BadRequestError) as absent:
        pds.app.bsky.feed.post.get(pds.me.did, RKEY)
    assert absent.value.response.content.error == "RecordNotFound"


def test_deleting_is_idempotent(simulator, pds):
    put(pds, record("hello"))
    for _ in range(2):
        assert pds.app.bsky.feed.post.delete(pds.me.did, RKEY) is True
    assert simulator.posts("bluesky") == []


def test_listing_has_pages_newest_first(pds):
    keys = [f"3l6oveex3ii2{letter}" for letter in "abcde"]
    for key in keys:
        put(pds, record(key), rkey=key)
    posts = pds.app.bsky.feed.post
    first = posts.list(pds.me.did, limit=3)
    rest = posts.list(pds.me.did, limit=3, cursor=first.cursor)
    assert [post.text for post in first.records.values()] == keys[:1:-1]
    assert [post.text for post in rest.records.values()] == keys[1::-1]
    upwards = posts.list(pds.me.did, reverse=True)
    assert [post.text for post in upwards.records.values()] == keys


def test_a_thread_is_known_by_its_parents(simulator, pds):
    root = put(pds, record("one"))
    ref = models.ComAtprotoRepoStrongRef.Main(uri=root.uri, cid=root.cid)
    reply = models.AppBskyFeedPost.ReplyRef(root=ref, parent=ref)
    put(pds, record("two", reply=reply), rkey="3l6oveex3ii2m")
    assert [post["reply_to"] for post in simulator.posts("bluesky")] == [None, root.uri]


def test_a_threadgate_is_a_record_but_no_post(simulator, pds):
    gate = "app.bsky.feed.threadgate"
    value = models.AppBskyFeedThreadgate.Record(
        post=f"at://{pds.me.did}/{POST}/{RKEY}", created_at=CREATED, allow=[]
    )
    put(pds, value, collection=gate)
    found = pds.app.bsky.feed.threadgate.get(pds.me.did, RKEY)
    assert (found.value.allow, simulator.posts()) == ([], [])
    assert len(pds.app.bsky.feed.threadgate.list(pds.me.did).records) == 1
    assert pds.app.bsky.feed.threadgate.delete(pds.me.did, RKEY) is True
    assert len(pds.app.bsky.feed.threadgate.list(pds.me.did).records) == 0


@pytest.mark.parametrize("text", ["a" * 300, "é" * 300, "🏳️‍🌈" * 200])
def test_300_graphemes_fit(pds, text):
    assert put(pds, record(text)).uri


GOOD = {"$type": POST, "text": "t", "createdAt": CREATED}
FACET = {
    "index": {"byteStart": 0, "byteEnd": 2},
    "features": [{"$type": "x", "tag": "t"}],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "a" * 301}, "text must not be longer than 300 graphemes"),
        ({"text": "👩‍❤️‍👨" * 300}, "text must not be longer than 3000 characters"),
        ({"text": None}, 'must have the property "text"'),
        ({"createdAt": "2026-11-20T10:00:00"}, "createdAt must be"),
        ({"createdAt": 1}, "createdAt must be"),
        ({"langs": ["a", "b", "c", "d"]}, "langs must not have more than 3"),
        ({"langs": 3}, "langs must be an array"),
        ({"reply": {"root": {}}}, "reply/root must be a strong ref"),
        ({"facets": [FACET]}, "facets must have an index inside the text"),
        ({"facets": [{"index": {}}]}, "facets must have an index inside the text"),
        ({"$type": "app.bsky.feed.like"}, "Invalid $type"),
    ],
)
def test_a_record_against_the_lexicon_is_refused(simulator, pds, change, words):
    answer = raw(
        simulator,
        pds,
        "com.atproto.repo.putRecord",
        rkey=RKEY,
        record={**GOOD, **change},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert words in answer.json()["message"]
    assert simulator.posts() == []


@pytest.mark.parametrize(
    "change",
    [
        {"rkey": "not-a-tid"},
        {"record": "text"},
        {"collection": None},
        {"repo": "did:plc:nobody"},
    ],
)
def test_a_malformed_write_is_refused(simulator, pds, change):
    body = {"rkey": RKEY, "record": GOOD, **change}
    answer = raw(simulator, pds, "com.atproto.repo.putRecord", **body)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


def test_nobody_writes_into_another_repository(simulator, pds):
    simulator.account("bluesky", "bob")
    with pytest.raises(UnauthorizedError):
        put(pds, record("mine now"), repo="bob.bsky.test")
    assert simulator.posts() == []


@pytest.mark.parametrize(
    "query",
    [
        {"repo": "nobody.bsky.test", "collection": POST},
        {"repo": "ann.bsky.test"},
        {"repo": "ann.bsky.test", "collection": POST, "limit": "101"},
    ],
)
def test_a_malformed_list_is_refused(simulator, pds, query):
    url = f"{simulator.urls['bluesky']}/xrpc/com.atproto.repo.listRecords"
    answer = wire.get(url, params=query)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


def test_an_unknown_method_is_not_implemented(simulator):
    url = f"{simulator.urls['bluesky']}/xrpc/app.bsky.feed.getTimeline"
    answer = wire.get(url)
    assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")


def test_rate_limits_are_told_and_thrown(simulator, pds):
    simulator.fault("bluesky", "rate_limited", seconds=30)
    with pytest.raises(RateLimitExceededError) as limited:
        put(pds, record("too much"))
    assert (limited.value.limit, limited.value.remaining) == (5000, 0)
    assert 25 < limited.value.reset_at.timestamp() - time.time() < 32
