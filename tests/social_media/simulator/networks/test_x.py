"""X, driven by tweepy."""

from __future__ import annotations

import time

import httpx
import pytest
import tweepy

from tests.social_media.simulator import wire

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def texts(answer) -> list[str]:
    return [tweet.text for tweet in answer.data or []]


def test_me_is_the_account_of_the_token(tweets):
    me = tweets.get_me(user_auth=False).data
    assert (me.username, me.name) == ("ann", "Ann")


def test_oauth1_signs_in_by_its_token(simulator, x_client):
    given = simulator.account("x", "ann", oauth1=True)
    assert set(given) == {"access_token", "access_token_secret"}
    client = x_client(consumer_key="app", consumer_secret="app secret", **given)
    client.create_tweet(text="signed")
    assert [post["text"] for post in simulator.posts("x", "ann")] == ["signed"]


def test_an_unknown_token_is_unauthorized(x_client):
    with pytest.raises(tweepy.Unauthorized):
        x_client(bearer_token="made up").get_me(user_auth=False)


def test_a_post_comes_back_shortened_and_escaped(simulator, tweets):
    text = "Fish & chips <3 https://example.com/menu?a=1&b=2 or example.org."
    made = tweets.create_tweet(text=text, user_auth=False).data
    [stands] = simulator.posts("x")
    assert (stands["id"], stands["text"], stands["account"]) == (
        made["id"],
        text,
        "ann",
    )

    me = tweets.get_me(user_auth=False).data
    fields = ["entities", "created_at"]
    [found] = tweets.get_users_tweets(me.id, tweet_fields=fields).data
    first, second = found.entities["urls"]
    assert found.text == (f"Fish &amp; chips &lt;3 {first['url']} or {second['url']}.")
    assert (first["expanded_url"], second["expanded_url"]) == (
        "https://example.com/menu?a=1&b=2",
        "http://example.org",
    )
    unescaped = text.replace("https://example.com/menu?a=1&b=2", first["url"])
    assert unescaped[first["start"] : first["end"]] == first["url"]


def test_the_same_text_again_is_refused_as_a_duplicate(simulator, tweets):
    tweets.create_tweet(text="once", user_auth=False)
    with pytest.raises(tweepy.Forbidden) as refused:
        tweets.create_tweet(text="once", user_auth=False)
    assert refused.value.response.json()["detail"] == DUPLICATE
    assert len(simulator.posts("x")) == 1
    assert simulator.summary()["duplicates_refused"] == 1


def test_a_deleted_text_may_be_posted_again(simulator, tweets):
    made = tweets.create_tweet(text="again", user_auth=False).data
    deleted = tweets.delete_tweet(made["id"], user_auth=False)
    assert deleted.data == {"deleted": True}
    tweets.create_tweet(text="again", user_auth=False)
    assert len(simulator.posts("x")) == 1


def test_a_thread_keeps_its_order_and_conversation(simulator, tweets):
    ids = [None]
    for text in ("one", "two", "three"):
        made = tweets.create_tweet(
            text=text, in_reply_to_tweet_id=ids[-1], user_auth=False
        )
        ids.append(made.data["id"])
    assert [post["reply_to"] for post in simulator.posts("x")] == ids[:3]
    me = tweets.get_me(user_auth=False).data
    fields = ["conversation_id", "referenced_tweets"]
    found = tweets.get_users_tweets(me.id, tweet_fields=fields).data
    assert [str(tweet.id) for tweet in found] == ids[:0:-1]
    assert {str(tweet.conversation_id) for tweet in found} == {ids[1]}
    assert str(found[0].referenced_tweets[0].id) == ids[2]


def test_a_reply_to_nothing_is_forbidden(tweets):
    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        tweets.create_tweet(text="r", in_reply_to_tweet_id="123", user_auth=False)


def test_a_reply_to_a_stranger_needs_a_mention(simulator, x_client, tweets):
    token = simulator.account("x", "bob")["access_token"]
    bob = x_client(bearer_token=token)
    plain = bob.create_tweet(text="hello all", user_auth=False).data["id"]
    summons = bob.create_tweet(text="hello @Ann", user_auth=False).data["id"]
    with pytest.raises(tweepy.Forbidden, match="not allowed"):
        tweets.create_tweet(text="hi", in_reply_to_tweet_id=plain, user_auth=False)
    tweets.create_tweet(text="hi", in_reply_to_tweet_id=summons, user_auth=False)
    assert simulator.posts("x", "ann")[0]["reply_to"] == summons


@pytest.mark.parametrize(
    "text",
    [
        "a" * 280,
        "漢" * 140,
        "👨‍👩‍👧‍👦" * 140,
        "a" * 256 + " https://example.com/" + "b" * 90,
    ],
)
def test_280_weighted_characters_fit(tweets, text):
    assert tweets.create_tweet(text=text, user_auth=False).data["id"]


@pytest.mark.parametrize("text", ["a" * 281, "漢" * 141, "", "  "])
def test_too_long_and_empty_are_bad_requests(simulator, tweets, text):
    with pytest.raises(tweepy.BadRequest):
        tweets.request("POST", "/2/tweets", json={"text": text}, user_auth=False)
    assert simulator.posts("x") == []


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"text": "half a \\ud83d"}',
        b'{"text": "t", "unheard_of": 1}',
        b'{"text": "t", "reply_settings": "friends"}',
        b'{"text": "t", "media": {"media_ids": ["1"]}}',
        b'{"text": "t", "reply": "1"}',
    ],
)
def test_a_malformed_body_stores_nothing(simulator, body):
    token = simulator.account("x", "ann")["access_token"]
    answer = wire.post(
        f"{simulator.urls['x']}/2/tweets",
        content=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert simulator.posts() == []


def test_a_premium_account_may_write_more(simulator, x_client):
    token = simulator.account("x", "long", max_length=4000)["access_token"]
    x_client(bearer_token=token).create_tweet(text="a" * 3000, user_auth=False)
    assert len(simulator.posts("x", "long")[0]["text"]) == 3000


def test_the_timeline_has_pages(tweets):
    for number in range(7):
        tweets.create_tweet(text=f"n{number}", user_auth=False)
    me = tweets.get_me(user_auth=False).data
    first = tweets.get_users_tweets(me.id, max_results=5)
    assert texts(first) == ["n6", "n5", "n4", "n3", "n2"]
    token = first.meta["next_token"]
    rest = tweets.get_users_tweets(me.id, max_results=5, pagination_token=token)
    assert (texts(rest), rest.meta["result_count"]) == (["n1", "n0"], 2)
    assert "next_token" not in rest.meta


def test_the_timeline_starts_and_ends_where_asked(tweets):
    tweets.create_tweet(text="now", user_auth=False)
    me = tweets.get_me(user_auth=False).data
    hour = 3600
    at = [
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift))
        for shift in (-hour, hour)
    ]
    assert texts(tweets.get_users_tweets(me.id, start_time=at[0])) == ["now"]
    assert tweets.get_users_tweets(me.id, start_time=at[1]).meta == {"result_count": 0}
    assert texts(tweets.get_users_tweets(me.id, end_time=at[0])) == []


@pytest.mark.parametrize(
    "query",
    [{"max_results": 4}, {"max_results": 101}, {"start_time": "yesterday"}],
)
def test_a_timeline_refuses_what_x_refuses(tweets, query):
    me = tweets.get_me(user_auth=False).data
    with pytest.raises(tweepy.BadRequest):
        tweets.get_users_tweets(me.id, **query)


def test_tweets_by_id_and_what_is_missing(tweets):
    made = tweets.create_tweet(text="here", user_auth=False).data["id"]
    answer = tweets.get_tweets([made, "1"])
    assert (texts(answer), answer.errors[0]["resource_id"]) == (["here"], "1")
    assert tweets.get_tweet(made).data.text == "here"
    assert tweets.get_tweet("1").errors[0]["title"] == "Not Found Error"


def test_rate_headers_count_down(simulator):
    token = simulator.account("x", "ann")["access_token"]
    answers = [
        wire.get(
            f"{simulator.urls['x']}/2/users/me",
            headers={"Authorization": f"Bearer {token}"},
        )
        for _ in range(2)
    ]
    left = [answer.headers["x-rate-limit-remaining"] for answer in answers]
    assert left == ["74", "73"]
    assert answers[0].headers["x-rate-limit-limit"] == "75"
    reset = int(answers[0].headers["x-rate-limit-reset"])
    assert time.time() + 880 < reset < time.time() + 905


def refresh(simulator, token: str, **form: str) -> httpx.Response:
    return wire.post(
        f"{simulator.urls['x']}/2/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": token, **form},
        auth=("app", "secret"),
    )


def test_a_refresh_token_works_once_and_a_second_use_kills_the_chain(
    simulator, x_client
):
    first = simulator.account("x", "ann")
    second = refresh(simulator, first["refresh_token"])
    assert second.status_code == 200
    body = second.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 7200)
    me = x_client(bearer_token=body["access_token"]).get_me(user_auth=False)
    assert me.data.username == "ann"

    reused = refresh(simulator, first["refresh_token"])
    assert (reused.status_code, reused.json()) == (
        400,
        {
            "error": "invalid_request",
            "error_description": "Value passed for the token was invalid.",
        },
    )
    assert refresh(simulator, body["refresh_token"]).status_code == 400
    with pytest.raises(tweepy.Unauthorized):
        x_client(bearer_token=body["access_token"]).get_me(user_auth=False)


def test_the_token_endpoint_wants_a_client_and_a_known_grant(simulator):
    token = simulator.account("x", "ann")["refresh_token"]
    anonymous = wire.post(
        f"{simulator.urls['x']}/2/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": token},
    )
    assert (anonymous.status_code, anonymous.json()["error"]) == (
        401,
        "unauthorized_client",
    )
    wrong = refresh(simulator, token, grant_type="password")
    assert wrong.json() == {"error": "unsupported_grant_type"}
    assert refresh(simulator, token).status_code == 200


def test_a_revoked_token_is_dead(simulator, x_client):
    given = simulator.account("x", "ann")
    answer = wire.post(
        f"{simulator.urls['x']}/2/oauth2/revoke",
        data={"token": given["access_token"], "client_id": "app"},
    )
    assert answer.json() == {"revoked": True}
    with pytest.raises(tweepy.Unauthorized):
        x_client(bearer_token=given["access_token"]).get_me(user_auth=False)
