"""Posts that show pictures and videos: composing, checking, asking for renditions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import MediaStatus, Platform
from social_media.models import MediaFile, MediaRendition, PostMedia, PostTarget
from social_media.posts.compose import create_post, duplicate_post, update_post
from social_media.posts.composition import (
    Attachment,
    Composition,
    Destination,
    composition_of,
)
from social_media.posts.draft import draft_of
from social_media.posts.errors import InvalidDraft
from social_media.posts.lock import targets_of
from social_media.posts.schedule import publish_now, schedule
from tests.factories import WorkspaceFactory
from tests.pictures import animation, clip, picture
from tests.social_media.posts.composing import (
    account_on,
    composed,
    in_an_hour,
    problems,
    stored,
)

pytestmark = pytest.mark.django_db


def attach(*files, alt_text=None):
    return tuple(Attachment(file.pk, alt_text) for file in files)


def alts(draft):
    return [[item.alt_text for item in part.media] for part in draft.parts]


def test_each_part_and_account_shows_its_own_media(workspace, user):
    one, two, three = (picture(workspace, number=n, alt_text=f"{n}") for n in range(3))
    shared, own, none = (account_on(workspace) for _ in range(3))
    wanted = Composition(
        content="Look",
        thread=("Second", "Third"),
        media=attach(one, two),
        thread_media=((), attach(three, alt_text="of the post")),
        targets=(
            Destination(shared.pk),
            Destination(
                own.pk,
                content="Mine",
                thread=("Too",),
                media=attach(three),
                thread_media=(attach(one),),
            ),
            Destination(none.pk, media=()),
        ),
    )
    post = create_post(workspace, composition=wanted, user=user)
    targets = targets_of(post.pk)
    assert composition_of(stored(post), targets) == wanted
    files = {file.pk: file for file in (one, two, three)}
    drafts = [draft_of(target) for target in targets]
    assert drafts == [wanted.draft_for(target, files) for target in wanted.targets]
    assert [alts(draft) for draft in drafts] == [
        [["0", "1"], [], ["of the post"]],
        [["2"], ["0"]],
        [[], [], ["of the post"]],
    ]


def test_a_copy_shows_the_same(workspace, user):
    file = picture(workspace)
    account = account_on(workspace)
    wanted = composed(account, media=attach(file), thread=("b",))
    post = create_post(workspace, composition=wanted, user=user)
    copy = duplicate_post(post, user=user)
    assert composition_of(stored(copy), targets_of(copy.pk)) == wanted


def test_an_edit_replaces_the_media(workspace, user):
    old, new = picture(workspace, number=1), picture(workspace, number=2)
    post = create_post(
        workspace,
        composition=composed(account_on(workspace), media=attach(old)),
        user=user,
    )
    update_post(post, changes={"media": attach(new)}, user=user)
    assert [place.file_id for place in PostMedia.objects.all()] == [new.pk]
    update_post(post, changes={"media": ()}, user=user)
    assert PostMedia.objects.count() == 0


def test_words_may_be_left_out_where_there_is_something_to_see(workspace, user):
    wanted = composed(
        account_on(workspace), content="", media=attach(picture(workspace))
    )
    create_post(workspace, composition=wanted, user=user)
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=composed(content=""), user=user)
    assert problems(told) == [("content", "blank")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"content": ""}, [("targets.0.content", "blank")]),
        ({"content": "x", "thread": ("",)}, [("targets.0.thread.0", "blank")]),
        ({"thread_media": ((),)}, [("targets.0.thread_media", "too_many")]),
    ],
)
def test_a_target_of_its_own_needs_words_or_media_too(workspace, user, given, told):
    target = Destination(account_on(workspace).pk, **given)
    with pytest.raises(InvalidDraft) as refused:
        create_post(
            workspace, composition=Composition("Hi", targets=(target,)), user=user
        )
    assert told[0] in problems(refused)


def refused(workspace, user, **given):
    account = account_on(workspace, given.pop("platform", Platform.X))
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=composed(account, **given), user=user)
    assert PostMedia.objects.count() == 0
    return problems(told)


def test_a_file_of_another_workspace_is_unknown(workspace, user):
    foreign = picture(WorkspaceFactory())
    found = refused(workspace, user, media=attach(foreign))
    assert found == [("media.0.file", "unknown_file")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": MediaStatus.UPLOADING, "kind": ""}, "not_uploaded"),
        ({"status": MediaStatus.PROCESSING, "kind": ""}, "not_checked"),
        ({"status": MediaStatus.FAILED}, "unusable_file"),
    ],
)
def test_a_file_that_can_not_be_shown_is_refused(workspace, user, fields, code):
    file = picture(workspace)
    MediaFile.objects.filter(pk=file.pk).update(**fields)
    found = refused(
        workspace, user, content="a", thread=("b",), thread_media=(attach(file),)
    )
    assert found == [("thread_media.0.0.file", code)]


def test_networks_have_their_say(workspace, user):
    five = [picture(workspace, number=number) for number in range(5)]
    assert refused(workspace, user, media=attach(*five)) == [
        ("media", "too_many_images")
    ]
    mixed = attach(five[0], clip(workspace))
    assert refused(workspace, user, media=mixed) == [("media", "mixed_media")]
    long = attach(five[0], alt_text="x" * 1001)
    assert refused(
        workspace, user, content="a", thread=("b",), thread_media=(long,)
    ) == [("thread_media.0.0.alt_text", "alt_text_too_long")]


def test_media_of_a_target_are_told_at_the_target(workspace, user):
    five = [picture(workspace, number=number) for number in range(5)]
    target = Destination(account_on(workspace).pk, media=attach(*five))
    with pytest.raises(InvalidDraft) as told:
        create_post(
            workspace, composition=Composition("Hi", targets=(target,)), user=user
        )
    assert problems(told) == [("targets.0.media", "too_many_images")]


def test_renditions_are_asked_for_at_once_and_only_where_needed(workspace, user):
    """Of a GIF, Bluesky needs a video; X takes it as it is."""
    file = animation(workspace)
    on_x = composed(account_on(workspace, Platform.X), media=attach(file))
    create_post(workspace, composition=on_x, user=user)
    assert MediaRendition.objects.count() == 0
    everywhere = composed(
        account_on(workspace), account_on(workspace), media=attach(file)
    )
    create_post(workspace, composition=everywhere, user=user)
    [made] = MediaRendition.objects.all()
    assert (made.original, made.recipe["content_type"]) == (file, "video/mp4")
    assert made.due_at is not None


def test_uploads_begin_ten_minutes_before_the_time_where_there_are_any(workspace, user):
    account, at = account_on(workspace), in_an_hour()
    shown = composed(account, media=attach(picture(workspace)), scheduled_time=at)
    post = create_post(workspace, composition=shown, user=user)
    plain = composed(account, scheduled_time=at)
    create_post(workspace, composition=plain, user=user)
    begins = dict(PostTarget.objects.values_list("post_id", "prepare_at"))
    assert begins.pop(post.pk) == at - timedelta(minutes=10)
    assert list(begins.values()) == [None]
    moved = at + timedelta(hours=1)
    schedule(post, at=moved, user=user)
    assert post.targets.get().prepare_at == moved - timedelta(minutes=10)
    publish_now(post, user=user)
    target = post.targets.get()
    assert target.prepare_at < target.due_at


def test_who_adds_a_picture_later_has_it_uploaded_ahead_too(workspace, user):
    at = in_an_hour()
    post = create_post(
        workspace,
        composition=composed(account_on(workspace), scheduled_time=at),
        user=user,
    )
    update_post(post, changes={"media": attach(picture(workspace))}, user=user)
    assert post.targets.get().prepare_at == at - timedelta(minutes=10)
    update_post(post, changes={"media": ()}, user=user)
    assert post.targets.get().prepare_at is None
    update_post(post, changes={"scheduled_time": None}, user=user)
    assert post.targets.get().prepare_at is None
