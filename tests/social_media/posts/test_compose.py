"""Creating, deleting and duplicating posts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import Platform, TargetStatus
from social_media.models import (
    ActivityLog,
    Post,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)
from social_media.posts.compose import (
    create_post,
    delete_post,
    duplicate_post,
)
from social_media.posts.composition import Composition, Destination, composition_of
from social_media.posts.draft import draft_of
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.lock import targets_of
from tests.factories import (
    ApiKeyFactory,
    PublishAttemptFactory,
    UserFactory,
    WorkspaceFactory,
    now,
)
from tests.social_media.posts.composing import (
    account_on,
    composed,
    in_an_hour,
    logged,
    post_with,
    problems,
    statuses,
    step_of,
    stored,
)

pytestmark = pytest.mark.django_db


def nothing_stored():
    return not (Post.objects.exists() or ThreadPart.objects.exists() or logged())


def test_a_post_without_a_time_is_a_draft(workspace, user):
    account = account_on(workspace)
    post = create_post(workspace, composition=composed(account), user=user)
    row = stored(post)
    assert (row.status, row.author, row.scheduled_time) == ("draft", user, None)
    assert statuses(post) == ["draft"]
    assert logged() == [("post.created", post.pk)]


def test_a_post_with_a_time_is_scheduled(workspace, user):
    at = in_an_hour()
    wanted = composed(account_on(workspace), account_on(workspace), scheduled_time=at)
    post = create_post(workspace, composition=wanted, user=user)
    assert (stored(post).status, stored(post).scheduled_time) == ("scheduled", at)
    targets = PostTarget.objects.values_list("status", "due_at", "late_after", "tries")
    assert list(targets) == [("scheduled", at, None, 0)] * 2


def test_all_that_was_composed_is_stored_and_is_what_will_be_published(workspace, user):
    bluesky, mastodon = account_on(workspace), account_on(workspace, Platform.MASTODON)
    wanted = Composition(
        content="Everywhere",
        thread=("Second", "Third"),
        first_comment="More below",
        targets=(
            Destination(bluesky.pk, options={"langs": ["en"]}),
            Destination(
                mastodon.pk, content="Here", thread=("Only here",), first_comment=""
            ),
        ),
        late_policy="skip",
        late_minutes=5,
    )
    post = create_post(workspace, composition=wanted, user=user)
    targets = targets_of(post.pk)
    assert composition_of(stored(post), targets) == wanted
    drafts = [draft_of(target) for target in targets]
    assert drafts == [wanted.draft_for(target, {}) for target in wanted.targets]
    assert [[part.text for part in draft.parts] for draft in drafts] == [
        ["Everywhere", "Second", "Third", "More below"],
        ["Here", "Only here"],
    ]


def test_the_key_that_wrote_it_stands_in_the_activity(workspace, user):
    key = ApiKeyFactory(workspace=workspace)
    create_post(workspace, composition=composed(), user=user, api_key=key)
    (entry,) = ActivityLog.objects.all()
    assert (entry.user, entry.api_key, entry.workspace) == (user, key, workspace)


@pytest.mark.parametrize(
    ("policy", "minutes", "workspace_policy", "late"),
    [
        ("", None, "publish", None),
        ("", None, "skip", 60),
        ("", 5, "hold", 5),
        ("skip", None, "publish", 60),
        ("hold", 0, "publish", 0),
        ("publish", 5, "skip", None),
    ],
)
def test_when_it_counts_as_too_late(
    workspace, user, policy, minutes, workspace_policy, late
):
    workspace.late_policy = workspace_policy
    workspace.save()
    at = in_an_hour()
    wanted = composed(
        account_on(workspace),
        scheduled_time=at,
        late_policy=policy,
        late_minutes=minutes,
    )
    create_post(workspace, composition=wanted, user=user)
    expected = None if late is None else at + timedelta(minutes=late)
    assert PostTarget.objects.get().late_after == expected


def test_a_network_s_rules_hold_for_drafts_too(workspace, user):
    x = account_on(workspace, Platform.X)
    mastodon = account_on(workspace, Platform.MASTODON)
    wanted = Composition(
        content="a" * 281,
        thread=("b", "c" * 281),
        targets=(
            Destination(x.pk, options={"visibility": "public"}),
            Destination(mastodon.pk, content="d" * 501),
        ),
    )
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=wanted, user=user)
    assert problems(told) == [
        ("content", "too_long"),
        ("thread.1", "too_long"),
        ("targets.0.options.visibility", "unknown_option"),
        ("targets.1.content", "too_long"),
    ]
    assert nothing_stored()


def test_two_accounts_that_break_the_same_rule_say_so_once(workspace, user):
    wanted = composed(account_on(workspace), account_on(workspace), content="a" * 301)
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=wanted, user=user)
    assert [field for field, _ in problems(told)] == ["content"]


def test_accounts_that_can_t_be_chosen(workspace, user):
    mine, theirs = account_on(workspace), account_on(WorkspaceFactory())
    gone = account_on(workspace, status="disconnected")
    wanted = composed(mine, theirs, gone, mine)
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=wanted, user=user)
    assert problems(told) == [
        ("targets.1.account", "unknown_account"),
        ("targets.2.account", "disconnected"),
        ("targets.3.account", "duplicate"),
    ]
    assert nothing_stored()


@pytest.mark.parametrize("status", ["paused", "needs_reauth"])
def test_accounts_that_are_held_back_can_be_chosen(workspace, user, status):
    account = account_on(workspace, status=status)
    wanted = composed(account, scheduled_time=in_an_hour())
    post = create_post(workspace, composition=wanted, user=user)
    assert statuses(post) == ["scheduled"]


def test_a_thread_of_its_own_needs_content_of_its_own(workspace, user):
    account = account_on(workspace)
    wanted = Composition("Hello", targets=(Destination(account.pk, thread=("b",)),))
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=wanted, user=user)
    assert problems(told) == [("targets.0.thread", "needs_content")]


@pytest.mark.parametrize(
    ("away", "code"),
    [
        (timedelta(seconds=-1), "in_the_past"),
        (timedelta(days=3661), "too_far_away"),
    ],
)
def test_times_that_are_refused(workspace, user, away, code):
    wanted = composed(account_on(workspace), scheduled_time=now() + away)
    with pytest.raises(InvalidDraft) as told:
        create_post(workspace, composition=wanted, user=user)
    assert problems(told) == [("scheduled_time", code)]
    assert nothing_stored()


def test_scheduling_needs_an_account(workspace, user):
    with pytest.raises(InvalidDraft) as told:
        create_post(
            workspace, composition=composed(scheduled_time=in_an_hour()), user=user
        )
    assert problems(told) == [("targets", "required")]
    assert nothing_stored()


@pytest.mark.parametrize(
    "status", sorted(set(TargetStatus.values) - {"posting", "reconciling"})
)
def test_delete_takes_everything_here_with_it(user, status):
    post = post_with(status)
    attempt = PublishAttemptFactory(
        step=step_of(PostTarget.objects.get()), outcome="unavailable"
    )
    delete_post(post, user=user)
    assert not Post.objects.exists()
    assert not PublishAttempt.objects.filter(pk=attempt.pk).exists()
    assert logged() == [("post.deleted", post.pk)]


@pytest.mark.parametrize("status", ["posting", "reconciling"])
def test_what_is_on_its_way_can_t_be_deleted(user, status):
    post = post_with("scheduled", status)
    with pytest.raises(Conflict) as told:
        delete_post(post, user=user)
    assert told.value.code == "not_deletable"
    assert stored(post) == post
    assert logged() == []


def test_a_duplicate_is_a_draft_with_the_same_content(workspace, user):
    accounts = account_on(workspace), account_on(workspace)
    wanted = Composition(
        content="Hello",
        thread=("Second",),
        first_comment="First",
        targets=(
            Destination(accounts[0].pk, content="Mine", thread=("Too",)),
            Destination(accounts[1].pk, options={"langs": ["en"]}),
        ),
        scheduled_time=in_an_hour(),
        late_policy="hold",
    )
    post = create_post(workspace, composition=wanted, user=UserFactory())
    step_of(targets_of(post.pk)[0], remote_id="1")
    ActivityLog.objects.all().delete()

    copy = duplicate_post(post, user=user)

    made = composition_of(stored(copy), targets_of(copy.pk))
    assert (made.text(), made.late_policy) == (wanted.text(), "hold")
    assert (copy.author, stored(copy).status, made.scheduled_time) == (
        user,
        "draft",
        None,
    )
    assert PublishStep.objects.filter(target__post=copy).count() == 0
    assert logged() == [("post.duplicated", copy.pk)]
    assert ActivityLog.objects.get().details == {"from": str(post.pk)}


def test_a_duplicate_leaves_disconnected_accounts_out(user):
    post = post_with("posted", "cancelled")
    gone = PostTarget.objects.get(status="cancelled").account
    gone.status, gone.secrets = "disconnected", None
    gone.save()
    copy = duplicate_post(post, user=user)
    kept = PostTarget.objects.get(post=post, status="posted").account
    assert [row.account for row in targets_of(copy.pk)] == [kept]
