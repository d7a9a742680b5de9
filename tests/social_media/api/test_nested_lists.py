"""Lists within one thing: what they filter by, and what they refuse."""

from __future__ import annotations

import pytest

from social_media.models import Occurrence
from tests.queue_factory import PostQueueFactory
from tests.social_media.api.callers import fields_of
from tests.social_media.api.posting import POSTS, make_post
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db


def path_of(team, name):
    if name == "attempts":
        return f"{POSTS}/{make_post(team).pk}/attempts"
    if name == "posts":
        queue = PostQueueFactory(workspace=team.workspace)
        return f"/api/v1/queues/{queue.pk}/posts"
    return f"/api/v1/recurring/{daily(team.workspace).pk}/occurrences"


@pytest.mark.parametrize("name", ["attempts", "posts", "occurrences"])
@pytest.mark.parametrize("asked", ["search", "ordering", "author", "nosuch"])
def test_what_they_do_not_know_they_refuse(team, name, asked):
    client, path = team.client("viewer"), path_of(team, name)
    assert client.get(path, {"page": 1, "page_size": 2}).status_code == 200
    answer = client.get(path, {asked: "1"})
    assert fields_of(answer) == {asked: ["unknown_parameter"]}


def test_occurrences_are_found_by_what_became_of_them(team):
    client, path = team.client("viewer"), path_of(team, "occurrences")
    first = Occurrence.objects.order_by("occurs_at").first()
    Occurrence.objects.filter(pk=first.pk).update(status="skipped")
    shown = client.get(path, {"status": "skipped"}).json()
    assert [row["number"] for row in shown["results"]] == [1]
    both = client.get(path, {"status": ["skipped", "made"]}).json()
    assert both["count"] == Occurrence.objects.count() > 1
    assert fields_of(client.get(path, {"status": "zzz"})) == {
        "status": ["invalid_choice"]
    }
