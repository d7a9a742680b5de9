"""Mastodon, driven by Mastodon.py."""

from __future__ import annotations

import time
from datetime import datetime

import httpx
import pytest
from mastodon import (
    MastodonAPIError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
)

from tests.social_media.simulator import wire


@pytest.fixture
def toots(server):
    return server()


def texts(statuses) -> list[str]:
    return [status.content for status in statuses]


def send(simulator, *, token: str = "", **options) -> httpx.Response:
    token = token or simulator.account("mastodon", "ann")["access_token"]
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    url = f"{simulator.urls['mastodon']}/api/v1/statuses"
    return wire.post(url, headers=headers, **options)


def test_the_account_of_the_token(toots):
    me = toots.account_verify_credentials()
    assert (me.username, me.acct, me.source.privacy) == ("ann", "ann", "public")
    assert toots.account_lookup("@ann").id == me.id


def test_an_unknown_token_is_unauthorized(simulator):
    answer = send(simulator, token="made up", data={"status": "t"})
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "The access token is invalid"},
    )


def test_the_instance_tells_its_limits_in_both_versions(toots):
    for instance in (toots.instance_v2(), toots.instance_v1()):
        statuses = instance.configuration.statuses
        limits = (statuses.max_characters, statuses.characters_reserved_per_url)
        assert (limits, instance.version) == ((500, 23), "4.5.2")


def test_a_status_is_kept_as_text_and_given_as_html(simulator, toots):
    text = (
        "Fish & <chips>\n\n#menu from @bob@far.example\nhttps://example.com/?a=1&b=2."
    )
    made = toots.status_post(text, visibility="unlisted", language="de")
    assert made.content == (
        "<p>Fish &amp; &lt;chips&gt;</p><p>"
        f'<a href="{simulator.urls["mastodon"]}/tags/menu" class="mention hashtag" '
        'rel="tag">#<span>menu</span></a> from '
        '<span class="h-card" translate="no"><a href="https://far.example/@bob" '
        'class="u-url mention">@<span>bob</span></a></span><br />'
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" '
        'rel="nofollow noopener" translate="no"><span class="invisible">https://</span>'
        '<span class="">example.com/?a=1&amp;b=2</span>'
        '<span class="invisible"></span></a>.</p>'
    )
    assert (made.visibility, made.language) == ("unlisted", "de")
    assert toots.status_source(made.id).text == text
    [stands] = simulator.posts("mastodon", "@ann")
    assert (stands["id"], stands["text"]) == (str(made.id), text)
    assert stands["url"] == made.url == f"{simulator.urls['mastodon']}/@ann/{made.id}"


def test_the_same_key_again_gives_the_first_status(simulator, toots):
    first = toots.status_post("one", idempotency_key="k")
    second = toots.status_post("another", idempotency_key="k")
    other = toots.status_post("one", idempotency_key="l")
    assert (second.id, second.content) == (first.id, "<p>one</p>")
    assert other.id != first.id
    assert [post["doubled"] for post in simulator.posts()] == [True, True]


def test_a_key_belongs_to_one_account(simulator, toots):
    toots.status_post("one", idempotency_key="k")
    token = simulator.account("mastodon", "bob")["access_token"]
    send(
        simulator,
        token=token,
        data={"status": "mine"},
        headers={"Idempotency-Key": "k"},
    )
    assert [post["text"] for post in simulator.posts()] == ["one", "mine"]


def test_json_is_as_good_as_a_form(simulator):
    body = {"status": "by json", "spoiler_text": "cw", "sensitive": True}
    made = send(simulator, json=body).json()
    assert (made["content"], made["spoiler_text"], made["sensitive"]) == (
        "<p>by json</p>",
        "cw",
        True,
    )
    assert (
        send(
            simulator, content=b"[", headers={"Content-Type": "application/json"}
        ).status_code
        == 400
    )


def test_a_thread_has_ancestors_and_descendants(simulator, toots):
    one = toots.status_post("one")
    two = toots.status_post("two", in_reply_to_id=one.id)
    three = toots.status_post("three", in_reply_to_id=two.id)
    context = toots.status_context(two.id)
    assert texts(context.ancestors) == ["<p>one</p>"]
    assert texts(context.descendants) == ["<p>three</p>"]
    assert texts(toots.status_context(three.id).ancestors) == [
        "<p>one</p>",
        "<p>two</p>",
    ]
    assert simulator.posts()[1]["reply_to"] == str(one.id)


def test_a_reply_to_nothing_is_not_found(simulator, toots):
    with pytest.raises(MastodonNotFoundError, match="does not appear to exist"):
        toots.status_post("r", in_reply_to_id="1")
    assert simulator.posts() == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500,
        "🏳️‍🌈" * 500,
        "a" * 476 + " https://example.com/" + "b" * 200,
        "a" * 495 + " @bob@a.very.long.host.example",
    ],
)
def test_500_characters_fit(toots, text):
    assert toots.status_post(text).id


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"status": "a" * 501}, "Text character limit of 500 exceeded"),
        (
            {"status": "a" * 400, "spoiler_text": "b" * 101},
            "Text character limit of 500 exceeded",
        ),
        ({"status": " "}, "Text can't be blank"),
        ({}, "Text can't be blank"),
        (
            {"status": "t", "visibility": "friends"},
            "Visibility is not included in the list",
        ),
    ],
)
def test_what_mastodon_refuses(simulator, given, words):
    answer = send(simulator, data=given)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": f"Validation failed: {words}"},
    )
    assert simulator.posts() == []


def test_the_timeline_has_pages(toots):
    ids = [toots.status_post(f"n{number}").id for number in range(5)]
    me = toots.account_verify_credentials().id
    found = toots.account_statuses(me, limit=2)
    assert texts(found) == ["<p>n4</p>", "<p>n3</p>"]
    assert texts(toots.fetch_next(found)) == ["<p>n2</p>", "<p>n1</p>"]
    assert texts(toots.account_statuses(me, min_id=ids[0], limit=2)) == [
        "<p>n2</p>",
        "<p>n1</p>",
    ]
    assert texts(toots.account_statuses(me, since_id=ids[0], limit=2)) == [
        "<p>n4</p>",
        "<p>n3</p>",
    ]
    since = datetime.fromtimestamp(time.time() - 60).astimezone()
    assert len(toots.account_statuses(me, min_id=since)) == 5


def test_replies_can_be_left_out(toots):
    one = toots.status_post("one")
    toots.status_post("two", in_reply_to_id=one.id)
    me = toots.account_verify_credentials().id
    found = toots.account_statuses(me, exclude_replies=True)
    assert texts(found) == ["<p>one</p>"]


def test_a_private_status_is_for_its_owner(simulator, toots):
    made = toots.status_post("psst", visibility="private")
    assert toots.status(made.id).visibility == "private"
    base = f"{simulator.urls['mastodon']}/api/v1"
    assert wire.get(f"{base}/statuses/{made.id}").status_code == 404
    owner = made.account.id
    assert wire.get(f"{base}/accounts/{owner}/statuses").json() == []
    assert len(toots.account_statuses(owner)) == 1


def test_deleting(simulator, toots):
    made = toots.status_post("gone soon")
    toots.status_delete(made.id)
    assert simulator.posts() == []
    with pytest.raises(MastodonNotFoundError):
        toots.status_delete(made.id)


def test_nobody_deletes_what_is_not_theirs(simulator, toots):
    token = simulator.account("mastodon", "bob")["access_token"]
    theirs = send(simulator, token=token, data={"status": "mine"}).json()["id"]
    with pytest.raises(MastodonNotFoundError):
        toots.status_delete(theirs)
    assert len(simulator.posts()) == 1


def test_a_revoked_token_is_dead(simulator, toots):
    token = toots.access_token
    wire.post(f"{simulator.urls['mastodon']}/oauth/revoke", data={"token": token})
    with pytest.raises(MastodonUnauthorizedError, match="was revoked"):
        toots.account_verify_credentials()


def test_rate_headers_carry_an_iso_time(simulator, toots):
    answer = send(simulator, data={"status": "t"})
    headers = answer.headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == (
        "300",
        "299",
    )
    reset = datetime.fromisoformat(headers["X-RateLimit-Reset"])
    assert 290 < reset.timestamp() - time.time() < 301


def test_an_unfinished_upload_is_told_in_mastodons_words(simulator, toots):
    simulator.fault("mastodon", "processing", calls=1)
    with pytest.raises(MastodonAPIError, match="have not finished processing"):
        toots.status_post("later")
    toots.status_post("later")
    assert len(simulator.posts()) == 1
