"""Labels at the same time as other people's."""

from __future__ import annotations

import pytest
from django.db import transaction

from social_media.models import Label
from social_media.posts.compose import create_post
from social_media.posts.composition import Composition, composition_of
from social_media.posts.errors import LabelGone
from social_media.posts.labels import delete_label, rename_label, write_labels
from tests.factories import PostFactory
from tests.social_media.posts.composing import composed
from tests.social_media.posts.test_races import started, waits


def names(post):
    return sorted(post.labels.values_list("name", flat=True))


@pytest.mark.django_db
def test_what_is_stored_is_what_was_written(workspace, user):
    written = composed(content="Hello", labels=("b", "Ä", "a", "B", "a"))

    post = create_post(workspace, composition=written, user=user)

    assert composition_of(post, []) == written
    assert written.labels == ("a", "b", "Ä")


@pytest.mark.django_db
def test_another_spelling_is_kept_apart_from_another_label():
    stored = Composition(content="", labels=("News",))

    assert Composition(content="", labels=("NEWS",)).labelled_as(stored) == stored
    other = Composition(content="", labels=("NEWS", "Sale"))
    assert other.labelled_as(stored) == other


@pytest.mark.django_db
def test_a_label_that_is_gone_can_not_be_changed(workspace, user):
    label = Label.objects.create(workspace=workspace, name="News", key="news")
    delete_label(Label.objects.get(), user=user)

    with pytest.raises(LabelGone):
        delete_label(label, user=user)
    with pytest.raises(LabelGone):
        rename_label(label, name="Other", user=user)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_label_that_a_post_is_getting_is_deleted_after_it(workspace, user):
    post = PostFactory(workspace=workspace)
    label = Label.objects.create(workspace=workspace, name="News", key="news")

    with transaction.atomic():
        write_labels(post, ["news"])
        deleting = started(lambda: delete_label(label, user=user))
        held_up = waits(deleting)
    deleting.result(timeout=10)

    assert (held_up, names(post)) == (True, [])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_label_that_is_being_deleted_is_made_again(workspace, user):
    post = PostFactory(workspace=workspace)
    label = Label.objects.create(workspace=workspace, name="News", key="news")

    with transaction.atomic():
        delete_label(label, user=user)
        writing = started(lambda: _written(post, ["News"]))
        held_up = waits(writing)
    writing.result(timeout=10)

    assert (held_up, names(post)) == (True, ["News"])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_posts_get_one_new_label_at_once(workspace):
    posts = [PostFactory(workspace=workspace) for _ in range(2)]

    with transaction.atomic():
        write_labels(posts[0], ["News", "Sale"])
        writing = started(lambda: _written(posts[1], ["sale", "news"]))
        held_up = waits(writing)
    writing.result(timeout=10)

    assert held_up
    assert [names(post) for post in posts] == [["News", "Sale"]] * 2


@transaction.atomic
def _written(post, labels):
    write_labels(post, labels)
