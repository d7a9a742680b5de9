from __future__ import annotations

import pytest

from social_media.enums import StepKind
from social_media.posts.draft import draft_of
from tests.factories import PostFactory, PostTargetFactory, ThreadPartFactory

pytestmark = pytest.mark.django_db


def texts(target):
    return [(part.kind, part.text) for part in draft_of(target).parts]


def test_a_target_without_text_of_its_own_has_the_posts_text_thread_and_comment():
    post = PostFactory(content="one", first_comment="by the way")
    ThreadPartFactory(post=post, position=2, content="three")
    ThreadPartFactory(post=post, position=1, content="two")
    target = PostTargetFactory(post=post)
    assert texts(target) == [
        (StepKind.POST, "one"),
        (StepKind.THREAD_PART, "two"),
        (StepKind.THREAD_PART, "three"),
        (StepKind.FIRST_COMMENT, "by the way"),
    ]


def test_a_target_with_text_of_its_own_has_its_own_thread_only():
    post = PostFactory(content="one")
    ThreadPartFactory(post=post, position=1, content="two")
    target = PostTargetFactory(post=post, content="mine", first_comment="")
    ThreadPartFactory(post=post, target=target, position=1, content="mine too")
    assert texts(target) == [
        (StepKind.POST, "mine"),
        (StepKind.THREAD_PART, "mine too"),
    ]


def test_options_are_the_targets():
    target = PostTargetFactory(options={"visibility": "unlisted"})
    assert draft_of(target).options == {"visibility": "unlisted"}
