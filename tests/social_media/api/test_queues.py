"""Queues over the API."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from social_media.models import Post, PostQueue, QueuedPost
from tests.factories import (
    ConnectedAccountFactory,
    PostFactory,
)
from tests.queue_factory import PostQueueFactory, busy_days
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import POSTS, brief
from tests.social_media.posts.queues.queueing import (
    assert_held,
    assert_in_step,
    draft_in,
    filled,
    let_come,
    line,
)

pytestmark = pytest.mark.django_db

QUEUES = "/api/v1/queues"
SLOTS = {"friday": ["15:00", "09:00"], "monday": ["09:00"], "sunday": []}


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return ConnectedAccountFactory(workspace=team.workspace)


@pytest.fixture
def queue(team, account):
    return PostQueueFactory(workspace=team.workspace, to=[account])


def order(*accounts, **given):
    chosen = [str(account.pk) for account in accounts]
    return {"name": "News", "slots": SLOTS, "accounts": chosen, **given}


def ok(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_a_queue_is_made_shown_changed_and_deleted(team, client, account):
    team.workspace.timezone = "Asia/Tokyo"
    team.workspace.save()
    made = ok(client.post(QUEUES, order(account)), 201)
    assert made == {
        "id": made["id"],
        "name": "News",
        "timezone": "Asia/Tokyo",
        "slots": {"monday": ["09:00"], "friday": ["09:00", "15:00"]},
        "accounts": [brief(account)],
        "evergreen": False,
        "paused_at": None,
        "waiting": 0,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    assert list(made["slots"]) == ["monday", "friday"]
    path = f"{QUEUES}/{made['id']}"
    assert ok(client.get(f"{path}/")) == made
    changes = {"timezone": "UTC", "evergreen": True, "slots": {"monday": ["10:00"]}}
    changed = ok(client.patch(path, changes))
    assert {name: changed[name] for name in changes} == changes
    assert client.delete(path).status_code == 204
    assert error_of(client.get(path)) == (404, "not_found")


def test_a_queue_is_filled_ordered_paused_and_resumed(client, queue):
    path = f"{QUEUES}/{queue.pk}"
    posts = {text: str(draft_in(queue, text).pk) for text in "abc"}
    for text in "abc":
        shown = ok(client.post(f"{path}/add-post/", {"post": posts[text]}))
        assert (shown["id"], shown["status"]) == (posts[text], "scheduled")
        at = shown["scheduled_time"]
        place = {"id": str(queue.pk), "name": queue.name, "slot_at": at}
        assert shown["queue"] == place
    shown = ok(client.post(f"{path}/reorder/", {"posts": [posts[t] for t in "cab"]}))
    assert (shown["waiting"], line(queue)) == (3, ["c", "a", "b"])
    assert_in_step(queue)
    assert ok(client.post(f"{path}/pause"))["paused_at"]
    assert_held(queue)
    assert ok(client.post(f"{path}/shuffle"))["waiting"] == 3
    assert ok(client.post(f"{path}/resume/"))["paused_at"] is None
    assert_in_step(queue)
    first = posts[line(queue)[0]]
    shown = ok(client.post(f"{path}/remove-post", {"post": first}))
    assert (shown["id"], shown["status"], shown["scheduled_time"], shown["queue"]) == (
        first,
        "draft",
        None,
        None,
    )
    body = {"post": first, "position": 1}
    ok(client.post(f"{path}/add-post", body))
    assert posts[line(queue)[1]] == first
    assert_in_step(queue)


def test_its_posts_are_shown_in_order(client, queue):
    posts = filled(queue, "a", "b", "c")
    came = let_come(posts[0], "scheduled")
    path = f"{QUEUES}/{queue.pk}/posts"
    rows = ok(client.get(path))["results"]
    assert [
        (row["post"]["content"], row["position"], row["on_its_way"]) for row in rows
    ] == [("a", None, True), ("b", 0, False), ("c", 1, False)]
    assert parse_datetime(rows[0]["slot_at"]) == came.slot_at
    second = ok(client.get(f"{path}?page_size=1&page=3"))
    assert [row["position"] for row in second["results"]] == [1]
    assert second["count"] == 3


def test_next_slots_in_two_clocks(client, queue):
    PostQueue.objects.update(timezone="Asia/Kathmandu", slots={"monday": ["09:00"]})
    filled(queue, "a")
    path = f"{QUEUES}/{queue.pk}/next-slots"
    shown = ok(client.get(f"{path}/?count=2"))
    assert shown["timezone"] == "Asia/Kathmandu"
    for slot in shown["slots"]:
        assert slot["at"].endswith("T03:15:00Z")
        assert slot["local"].endswith("T09:00:00+05:45")
        assert parse_datetime(slot["local"]) == parse_datetime(slot["at"])
    taken = QueuedPost.objects.get().slot_at
    first = parse_datetime(shown["slots"][0]["at"])
    assert (first - taken).days == 7
    assert len(ok(client.get(path))["slots"]) == 10
    for query, codes in (
        ("count=0", {"count": ["min_value"]}),
        ("count=101", {"count": ["max_value"]}),
        ("count=many", {"count": ["invalid"]}),
        ("cuont=3", {"cuont": ["unknown_parameter"]}),
    ):
        assert fields_of(client.get(f"{path}?{query}")) == codes


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"slots": {"monday": ["25:00"]}}, {"slots.monday.0": ["invalid"]}),
        ({"slots": {"mon": ["09:00"]}}, {"slots.mon": ["unknown_weekday"]}),
        ({"slots": {"monday": "09:00"}}, {"slots.monday": ["not_a_list"]}),
        ({"slots": {"monday": ["09:00"] * 97}}, {"slots.monday": ["too_many"]}),
        (
            {"slots": {"monday": ["09:00", "09:00"]}},
            {"slots.monday.1": ["duplicate"]},
        ),
        ({"slots": {}}, {"slots": ["required"]}),
        ({"slots": ["09:00"]}, {"slots": ["not_a_dict"]}),
        ({"slots": None}, {"slots": ["null"]}),
        ({"timezone": "Mars/Olympus"}, {"timezone": ["unknown_zone"]}),
        ({"timezone": 3}, {"timezone": ["invalid"]}),
        ({"accounts": []}, {"accounts": ["required"]}),
        ({"accounts": ["1"]}, {"accounts.0": ["invalid"]}),
        ({"accounts": [str(uuid4())]}, {"accounts.0": ["unknown_account"]}),
        ({"timezone": "Factory"}, {"timezone": ["unknown_zone"]}),
        ({"timezone": "localtime"}, {"timezone": ["unknown_zone"]}),
        ({"name": ""}, {"name": ["blank"]}),
        ({"name": "two\nlines"}, {"name": ["lines"]}),
        ({"name": "\u202esweN"}, {"name": ["lines"]}),
        ({"name": "n" * 121}, {"name": ["max_length"]}),
        ({"evergreen": "perhaps"}, {"evergreen": ["invalid"]}),
        ({"paused": True}, {"paused": ["unknown_field"]}),
    ],
)
def test_bad_queues_are_refused_in_words(client, account, queue, given, codes):
    assert fields_of(client.post(QUEUES, order(account, **given))) == codes
    assert fields_of(client.patch(f"{QUEUES}/{queue.pk}", given)) == codes
    assert PostQueue.objects.count() == 1


def test_accounts_of_others_gone_ones_and_twins_are_refused(client, account):
    stranger = ConnectedAccountFactory()
    gone = ConnectedAccountFactory(workspace=account.workspace, status="disconnected")
    answer = client.post(QUEUES, order(account, stranger, gone, account))
    assert fields_of(answer) == {
        "accounts.1": ["unknown_account"],
        "accounts.2": ["unknown_account"],
        "accounts.3": ["duplicate"],
    }


def test_what_a_queue_can_t_do_now_is_a_409(client, account, queue):
    answer = client.post(QUEUES, order(account, name=queue.name))
    assert error_of(answer) == (409, "name_taken")
    (post,) = filled(queue, "a")
    path = f"{QUEUES}/{queue.pk}"
    answer = client.post(f"{path}/add-post", {"post": str(post.pk)})
    assert error_of(answer) == (409, "already_queued")
    assert queue.name in answer.json()["error"]["message"]
    let_come(post, "scheduled")
    answer = client.post(f"{path}/remove-post", {"post": str(post.pk)})
    assert error_of(answer) == (409, "wrong_status")


@pytest.mark.parametrize(
    ("action", "given", "codes"),
    [
        ("add-post", {}, {"post": ["required"]}),
        ("add-post", {"post": "a"}, {"post": ["invalid"]}),
        ("add-post", {"post": str(uuid4())}, {"post": ["unknown_post"]}),
        ("remove-post", {"post": str(uuid4())}, {"post": ["unknown_post"]}),
        ("reorder", {"posts": "a"}, {"posts": ["not_a_list"]}),
        ("reorder", {"posts": ["a"]}, {"posts.0": ["invalid"]}),
        (
            "reorder",
            {"posts": [str(uuid4())]},
            {"posts.0": ["unknown_post"], "posts": ["missing"]},
        ),
        ("reorder", {"posts": [str(uuid4())] * 2001}, {"posts": ["too_many"]}),
        ("shuffle", {"seed": 4}, {"seed": ["unknown_field"]}),
        ("pause", {"until": 4}, {"until": ["unknown_field"]}),
        ("resume", {"at": 4}, {"at": ["unknown_field"]}),
    ],
)
def test_bad_orders_are_refused_in_words(client, queue, action, given, codes):
    filled(queue, "a")
    assert fields_of(client.post(f"{QUEUES}/{queue.pk}/{action}", given)) == codes
    assert_in_step(queue)


@pytest.mark.parametrize(
    "position", ["middle", -1, 1.5, True, None, [], {}, 1001, 2**63, 10**30]
)
def test_bad_positions(client, queue, position):
    post = draft_in(queue, "a")
    body = {"post": str(post.pk), "position": position}
    answer = client.post(f"{QUEUES}/{queue.pk}/add-post", body)
    assert list(fields_of(answer)) == ["position"]


def test_posts_of_others_cannot_be_added(client, queue):
    body = {"post": str(PostFactory().pk)}
    answer = client.post(f"{QUEUES}/{queue.pk}/add-post", body)
    assert fields_of(answer) == {"post": ["unknown_post"]}


@pytest.mark.parametrize("what", ["create", "add-post"])
def test_a_call_that_is_sent_twice_with_its_key_counts_once(
    client, account, queue, what
):
    path, given = QUEUES, order(account)
    if what == "add-post":
        path = f"{QUEUES}/{queue.pk}/add-post"
        given = {"post": str(draft_in(queue, "a").pk)}
    headers = {"Idempotency-Key": "1843"}
    first = client.post(path, given, headers=headers)
    again = client.post(path, given, headers=headers)
    assert first.status_code == again.status_code < 300
    assert first.json() == again.json()
    assert PostQueue.objects.count() + QueuedPost.objects.count() == 2


def test_a_new_time_by_patch_takes_a_post_out(client, queue):
    a, b = filled(queue, "a", "b")
    answer = client.patch(f"{POSTS}/{a.pk}", {"scheduled_time": None})
    assert ok(answer)["status"] == "draft"
    assert line(queue) == ["b"]
    assert_in_step(queue)
    assert client.delete(f"{POSTS}/{b.pk}").status_code == 204
    assert line(queue) == []


def test_deleting_tells_which_posts_are_drafts_now(client, queue):
    (post,) = filled(queue, "a")
    assert client.delete(f"{QUEUES}/{queue.pk}").status_code == 204
    rows = ok(client.get(f"/api/v1/activity?thing_id={queue.pk}"))["results"]
    assert [
        row["details"]["drafts"] for row in rows if row["details"].get("drafts")
    ] == [[str(post.pk)]]
    assert Post.objects.get().status == "draft"


def test_lists_are_filtered_searched_and_ordered(team, client, queue):
    paused = PostQueueFactory(
        workspace=team.workspace, name="Alpha", paused_at=queue.created_at
    )
    PostQueueFactory()

    def names(query=""):
        return [row["name"] for row in ok(client.get(QUEUES + query))["results"]]

    assert names() == ["Alpha", queue.name]
    assert names("?ordering=-name") == [queue.name, "Alpha"]
    assert names("?paused=true") == [paused.name]
    assert names("?paused=false") == [queue.name]
    assert names("?search=alp") == ["Alpha"]
    assert fields_of(client.get(f"{QUEUES}?paused=maybe"))
    assert fields_of(client.get(f"{QUEUES}?name=Alpha"))


READERS = {
    "owner": 200,
    "admin": 200,
    "editor": 200,
    "viewer": 200,
    "nobody": 401,
    "key": 200,
    "key without scope": 403,
    "stranger": 404,
}


@pytest.mark.parametrize("path", ["", "/posts", "/next-slots"])
def test_who_may_read(team, queue, path):
    assert team.statuses("get", f"{QUEUES}/{queue.pk}{path}") == READERS


@pytest.mark.parametrize("action", ["shuffle", "pause", "resume"])
def test_who_may_change(team, queue, action):
    path = f"{QUEUES}/{queue.pk}/{action}"
    assert team.statuses("post", path) == {**READERS, "viewer": 403}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", ""),
        ("patch", "/{queue}"),
        ("delete", "/{queue}"),
        ("post", "/{queue}/add-post"),
        ("post", "/{queue}/remove-post"),
        ("post", "/{queue}/reorder"),
    ],
)
def test_who_may_not_change(team, queue, method, path):
    path = QUEUES + path.format(queue=queue.pk)
    answer = getattr(team.client("viewer"), method)(path, {})
    assert error_of(answer) == (403, "role_forbids")
    if queue.pk.hex in path.replace("-", ""):
        answer = getattr(team.client("stranger"), method)(path, {})
        assert error_of(answer) == (404, "not_found")


@pytest.mark.parametrize("path", ["", "/{queue}/posts"])
def test_lists_cost_the_same_for_one_row_and_for_three(team, client, queue, path):
    path = QUEUES + path.format(queue=queue.pk)
    filled(queue, "a")

    def cost():
        with CaptureQueriesContext(connection) as made:
            found = ok(client.get(path))["count"]
        return found, len(made)

    client.get(path)
    one, queries = cost()
    filled(queue, "b", "c")
    for _ in range(2):
        PostQueueFactory(
            workspace=team.workspace,
            to=[ConnectedAccountFactory(workspace=team.workspace) for _ in range(3)],
        )
    assert cost() == (one + 2, queries)


def test_other_slots_that_are_too_few_change_nothing(client, queue, monkeypatch):
    filled(queue, "a", "b", "c")
    monkeypatch.setattr("social_media.posts.queues.slots.FARTHEST", timedelta(days=9))
    path = f"{QUEUES}/{queue.pk}"
    answer = client.patch(path, {"slots": {"monday": ["09:00"]}})
    assert error_of(answer) == (409, "no_free_slot")
    assert ok(client.get(path))["slots"] == busy_days()
    assert_in_step(queue)
