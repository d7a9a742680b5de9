"""Labels: of posts, and as a list of their own."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import ActivityLog, Label, Post
from tests.factories import PostFactory
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import POSTS, ids, make_post

pytestmark = pytest.mark.django_db

LABELS = "/api/v1/labels"


@pytest.fixture
def client(team):
    return team.client("editor")


def labelled(client, *names, **given):
    body = {"content": "Hello", "labels": list(names), **given}
    answer = client.post(POSTS, body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def label(name):
    return Label.objects.get(name=name)


def test_labels_come_back_trimmed_in_order_and_once(client):
    post = labelled(client, " Winter ", "launch", "LAUNCH", "Äpfel")

    assert post["labels"] == ["launch", "Winter", "Äpfel"]
    assert labelled(client, "WINTER")["labels"] == ["Winter"]


def test_joiners_within_words_and_emoji_are_part_of_them(client):
    names = ["👨\u200d👩\u200d👧", "auf\u200clage", "שלום\u200f!"]
    assert sorted(labelled(client, *names)["labels"]) == sorted(names)


@pytest.mark.parametrize(
    ("labels", "fields"),
    [
        ([""], {"labels.0": ["blank"]}),
        (["  "], {"labels.0": ["blank"]}),
        (["x" * 61], {"labels.0": ["max_length"]}),
        ([7], {"labels.0": ["invalid"]}),
        (["a\nb"], {"labels.0": ["lines"]}),
        (["a\x1bb"], {"labels.0": ["lines"]}),
        (["\u200b"], {"labels.0": ["lines"]}),
        (["\u200d \ufeff"], {"labels.0": ["lines"]}),
        (["\u202egnp.exe"], {"labels.0": ["lines"]}),
        (["\u2066a"], {"labels.0": ["lines"]}),
        ("news", {"labels": ["not_a_list"]}),
        (None, {"labels": ["null"]}),
        ([f"label {n}" for n in range(31)], {"labels": ["max_length"]}),
        (["a\x00b"], {"labels.0": ["unstorable_text"]}),
    ],
)
def test_labels_that_make_no_sense(client, labels, fields):
    answer = client.post(POSTS, {"content": "Hello", "labels": labels}, format="json")

    assert fields_of(answer) == fields
    assert not Label.objects.exists()


def test_the_longest_label_of_letters_that_grow_is_stored(client):
    """A capital of one letter may be three small ones."""
    assert labelled(client, "\u0390" * 60)["labels"] == ["\u0390" * 60]


def test_an_update_that_changes_no_label_changes_nothing(client):
    post = labelled(client, "b", "a")
    address = f"{POSTS}/{post['id']}"

    for same in (["a", "b"], ["B", "A", "b"]):
        answer = client.patch(address, {"labels": same}, format="json")
        assert answer.json() == post
    assert not ActivityLog.objects.filter(action="post.updated").exists()

    changed = client.patch(address, {"labels": ["c", "A"]}, format="json").json()
    assert changed["labels"] == ["a", "c"]
    [told] = ActivityLog.objects.filter(action="post.updated")
    assert told.details == {"changed": ["labels"]}
    assert client.patch(address, {"labels": []}, format="json").json()["labels"] == []


def test_a_copy_carries_them_too(client):
    post = labelled(client, "b", "a")

    copy = client.post(f"{POSTS}/{post['id']}/duplicate", {}, format="json").json()

    assert (copy["labels"], copy["id"] != post["id"]) == (["a", "b"], True)


def test_posts_are_found_by_any_of_their_labels(team, client):
    first, second = labelled(client, "News", "Sale"), labelled(client, "Sale")
    labelled(team.client("stranger"), "News")
    make_post(team)

    for query, found in (
        ("label=news", [first]),
        ("label=SALE", [second, first]),
        ("label=news&label=sale", [second, first]),
        ("label=%20Sale%20", [second, first]),
        ("label=nothing", []),
    ):
        answer = client.get(f"{POSTS}?{query}")
        assert ids(answer) == [one["id"] for one in found], query
    assert fields_of(client.get(f"{POSTS}?label=%00")) == {"label": ["invalid_choice"]}


def test_the_list_tells_how_many_posts_carry_them(team, client):
    labelled(client, "Sale", "News")
    labelled(client, "News")
    template = PostFactory(workspace=team.workspace, is_template=True)
    template.labels.add(label("News"))
    labelled(team.client("stranger"), "Theirs")

    rows = client.get(LABELS).json()["results"]

    assert [(row["name"], row["posts"]) for row in rows] == [("News", 2), ("Sale", 1)]
    found = client.get(f"{LABELS}?search=sal&ordering=-name").json()["results"]
    assert [row["name"] for row in found] == ["Sale"]
    one = client.get(f"{LABELS}/{rows[0]['id']}").json()
    assert one == rows[0]


def test_the_list_is_ordered_by_how_many_posts_carry_them(client):
    labelled(client, "Sale", "News", "Autumn")
    labelled(client, "News", "Autumn")
    labelled(client, "News")

    def names(ordering):
        rows = client.get(f"{LABELS}?ordering={ordering}").json()["results"]
        return [row["name"] for row in rows]

    assert names("posts") == ["Sale", "Autumn", "News"]
    assert names("-posts") == names("-posts,name") == ["News", "Autumn", "Sale"]


def test_lists_ask_the_same_number_of_queries_at_any_length(client):
    def queries(path):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    labelled(client, "one", "two")
    few = queries(LABELS), queries(POSTS)
    for n in range(3):
        labelled(client, f"more {n}", "one", f"yet more {n}")
    assert (queries(LABELS), queries(POSTS)) == few


def test_a_label_is_renamed_on_all_its_posts(client):
    post = labelled(client, "Sale")
    address = f"{LABELS}/{label('Sale').pk}"

    renamed = client.patch(address, {"name": " Offers "}, format="json")
    again = client.patch(address, {"name": "OFFERS"}, format="json")

    assert (renamed.json()["name"], renamed.json()["posts"]) == ("Offers", 1)
    assert again.json()["name"] == "OFFERS"
    assert client.get(f"{POSTS}/{post['id']}").json()["labels"] == ["OFFERS"]
    told = ActivityLog.objects.filter(action="label.renamed").order_by("pk")
    assert [row.details for row in told] == [
        {"from": "Sale", "to": "Offers"},
        {"from": "Offers", "to": "OFFERS"},
    ]


def test_two_labels_never_get_one_name(client):
    labelled(client, "Sale", "News")

    address = f"{LABELS}/{label('Sale').pk}"
    assert error_of(client.patch(address, {"name": "nEWS"}, format="json")) == (
        409,
        "name_taken",
    )
    assert fields_of(client.patch(address, {"name": " "}, format="json")) == {
        "name": ["blank"]
    }
    assert fields_of(client.patch(address, {}, format="json")) == {"name": ["required"]}
    assert sorted(Label.objects.values_list("name", flat=True)) == ["News", "Sale"]


def test_a_deleted_label_leaves_its_posts(client):
    post = labelled(client, "Sale", "News")

    assert client.delete(f"{LABELS}/{label('Sale').pk}").status_code == 204

    assert Post.objects.get(pk=post["id"]).labels.get().name == "News"
    [told] = ActivityLog.objects.filter(action="label.deleted")
    assert told.details == {"name": "Sale"}


def test_who_may_change_labels(team):
    labelled(team.client("owner"), "Sale")
    address = f"{LABELS}/{label('Sale').pk}"
    allowed = {"owner": 200, "admin": 200, "editor": 200, "key": 200}
    denied = {"viewer": 403, "stranger": 404, "nobody": 401, "key without scope": 403}

    assert team.statuses("patch", address, {"name": "Sale"}) == allowed | denied
    assert team.statuses("get", address) == allowed | denied | {"viewer": 200}
    gone = team.statuses("delete", address)
    assert (gone["viewer"], gone["stranger"], gone["nobody"]) == (403, 404, 401)
