"""Creating, changing, deleting and duplicating posts."""

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
    update_post,
)
from social_media.posts.composition import Composition, Destination, composition_of
from social_media.posts.draft import draft_of
from social_media.posts.errors import Conflict, InvalidDraft, NotEditable, PostGone
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
    post_with,
    statuses,
    step_of,
    stored,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def user():
    return UserFactory()


def problems(told):
    return [(one.field, one.code) for one in told.value.problems]


def logged():
    return [(row.action, row.thing_id) for row in ActivityLog.objects.all()]


def nothing_stored():
    return not (Post.objects.exists() or ThreadPart.objects.exists() or logged())


# --- create ---------------------------------------------------------------------------


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
    assert drafts == [wanted.draft_for(target) for target in wanted.targets]
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


# --- update ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "scheduled", "queued", "failed"])
def test_content_may_change_until_a_network_is_getting_it(user, status):
    post = post_with(status)
    before = PostTarget.objects.values().get()
    update_post(post, changes={"content": "Better", "thread": ("More",)}, user=user)
    assert stored(post).content == "Better"
    assert [part.content for part in post.thread_parts.all()] == ["More"]
    after = PostTarget.objects.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert logged() == [("post.updated", post.pk)]
    assert ActivityLog.objects.get().details == {"changed": ["content", "thread"]}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("posting", "is posting. Wait until it is known how that ended."),
        ("reconciling", "is checking with the network. Wait until it is known how "),
        ("posted", "is posted. Duplicate it and edit the copy."),
        ("unconfirmed", "is unconfirmed. Say first whether it is live there or is "),
    ],
)
def test_after_that_it_is_told_why_not(user, status, words):
    post = post_with("scheduled", status)
    account = PostTarget.objects.get(status=status).account
    with pytest.raises(NotEditable) as told:
        update_post(post, changes={"content": "Better"}, user=user)
    assert told.value.message.startswith(f"The post on {account} {words}")
    assert stored(post).content == post.content
    assert logged() == []


def test_a_thread_that_has_begun_can_t_be_edited(user):
    post = post_with("failed")
    step_of(PostTarget.objects.get(), remote_id="1")
    with pytest.raises(NotEditable) as told:
        update_post(post, changes={"content": "Better"}, user=user)
    assert "stands on Bluesky" in told.value.message


@pytest.mark.parametrize(
    ("outcomes", "editable"),
    [
        ([""], False),
        (["repeatable"], False),
        (["repeatable", "unavailable"], False),
        (["repeatable", "absent"], True),
        (["undetermined", "resolved"], True),
        (["unavailable"], True),
        (["content_rejected"], True),
    ],
)
def test_what_may_be_live_can_t_be_edited(user, outcomes, editable):
    post = post_with("scheduled")
    step = step_of(PostTarget.objects.get())
    for minutes, outcome in enumerate(outcomes):
        PublishAttemptFactory(
            step=step, outcome=outcome, opened_at=now() + timedelta(minutes=minutes)
        )
    if editable:
        update_post(post, changes={"content": "Better"}, user=user)
        assert not PublishStep.objects.exists()
        assert PublishAttempt.objects.filter(step=None).count() == len(outcomes)
    else:
        with pytest.raises(NotEditable):
            update_post(post, changes={"content": "Better"}, user=user)
        assert PublishStep.objects.get() == step


def test_nothing_changed_is_no_activity_and_keeps_what_was_frozen(user):
    post = post_with("scheduled")
    step = step_of(PostTarget.objects.get())
    update_post(post, changes={"content": post.content}, user=user)
    assert logged() == []
    assert PublishStep.objects.get() == step


def test_a_refused_change_changes_nothing(user):
    post = post_with("scheduled")
    with pytest.raises(InvalidDraft) as told:
        update_post(
            post, changes={"content": "a" * 301, "first_comment": "x"}, user=user
        )
    assert problems(told) == [("content", "too_long")]
    assert (stored(post).content, stored(post).first_comment) == (post.content, "")


@pytest.mark.parametrize("status", ["draft", "scheduled", "queued", "failed"])
def test_a_new_time_moves_all_targets(user, status):
    post, at = post_with(status), in_an_hour()
    PostTarget.objects.update(tries=3, error_code="x", error_message="y")
    update_post(post, changes={"scheduled_time": at}, user=user)
    row = PostTarget.objects.get()
    assert (row.status, row.due_at, row.tries) == ("scheduled", at, 0)
    assert (row.error_code, row.error_message, row.queued_at) == ("", "", None)
    assert (stored(post).status, stored(post).scheduled_time) == ("scheduled", at)


@pytest.mark.parametrize("status", ["scheduled", "queued", "failed", "cancelled"])
def test_no_time_makes_it_a_draft(user, status):
    post = post_with(status)
    update_post(post, changes={"scheduled_time": None}, user=user)
    row = PostTarget.objects.get()
    assert (row.status, row.due_at, row.queued_at) == ("draft", None, None)
    assert (stored(post).status, stored(post).scheduled_time) == ("draft", None)


def test_a_new_time_in_the_past_is_refused_and_the_old_one_is_not(user):
    post = post_with("failed")
    changes = {"content": "Better", "scheduled_time": post.scheduled_time}
    update_post(post, changes=changes, user=user)
    changes = {"scheduled_time": now() - timedelta(minutes=1)}
    with pytest.raises(InvalidDraft) as told:
        update_post(post, changes=changes, user=user)
    assert problems(told) == [("scheduled_time", "in_the_past")]


def test_targets_are_replaced_and_those_that_stay_keep_their_row(user):
    post = post_with("scheduled", "scheduled", scheduled_time=in_an_hour())
    kept, gone = targets_of(post.pk)
    fresh = account_on(post.workspace)
    wanted = (Destination(fresh.pk), Destination(kept.account_id, content="Mine"))
    update_post(post, changes={"targets": wanted}, user=user)
    rows = targets_of(post.pk)
    assert [row.account for row in rows] == [kept.account, fresh]
    assert (rows[0].pk, rows[0].content) == (kept.pk, "Mine")
    assert [row.due_at for row in rows] == [post.scheduled_time] * 2
    assert statuses(post) == ["scheduled", "scheduled"]
    assert not PostTarget.objects.filter(pk=gone.pk).exists()


def test_an_account_added_to_a_failed_post_waits_for_a_decision(user):
    post = post_with("failed")
    (old,) = targets_of(post.pk)
    wanted = (
        Destination(old.account_id),
        Destination(account_on(post.workspace).pk),
    )
    update_post(post, changes={"targets": wanted}, user=user)
    assert statuses(post) == ["failed", "draft"]


def test_an_account_added_to_an_overdue_post_is_not_late_at_once(user):
    post = post_with("scheduled", late_policy="skip", late_minutes=5)
    Post.objects.update(scheduled_time=now() - timedelta(hours=2))
    (old,) = targets_of(post.pk)
    fresh = account_on(post.workspace)
    wanted = (Destination(old.account_id), Destination(fresh.pk))
    update_post(post, changes={"targets": wanted}, user=user)
    row = PostTarget.objects.get(account=fresh)
    assert row.status == "scheduled"
    assert PostTarget.objects.due().in_time().filter(pk=row.pk).exists()


def test_a_scheduled_post_keeps_at_least_one_account(user):
    post = post_with("scheduled")
    with pytest.raises(InvalidDraft) as told:
        update_post(post, changes={"targets": ()}, user=user)
    assert problems(told) == [("targets", "required")]
    update_post(post, changes={"targets": (), "scheduled_time": None}, user=user)
    assert (stored(post).status, statuses(post)) == ("draft", [])


def test_a_disconnected_account_may_stay_and_is_left_behind(user):
    post = post_with("scheduled", "cancelled")
    gone = PostTarget.objects.get(status="cancelled").account
    gone.status, gone.secrets = "disconnected", None
    gone.save()
    at = in_an_hour()
    changes = {"content": "Better", "scheduled_time": at}
    update_post(post, changes=changes, user=user)
    assert statuses(post) == ["scheduled", "cancelled"]
    assert (stored(post).content, stored(post).scheduled_time) == ("Better", at)


def test_a_new_late_policy_counts_for_what_waits(user):
    post = post_with("scheduled", "failed", scheduled_time=in_an_hour())
    changes = {"late_policy": "skip", "late_minutes": 7}
    update_post(post, changes=changes, user=user)
    expected = post.scheduled_time + timedelta(minutes=7)
    late = [row.late_after for row in targets_of(post.pk)]
    assert late == [expected, None]
    update_post(post, changes={"late_policy": "publish"}, user=user)
    assert [row.late_after for row in targets_of(post.pk)] == [None, None]


def test_a_draft_has_nothing_to_be_late_for(user):
    post = post_with("draft")
    update_post(post, changes={"late_policy": "skip"}, user=user)
    assert (stored(post).late_policy, targets_of(post.pk)[0].late_after) == (
        "skip",
        None,
    )


def test_a_post_that_is_gone(user):
    post = post_with("draft")
    Post.objects.all().delete()
    for action in (
        lambda: update_post(post, changes={"content": "x"}, user=user),
        lambda: delete_post(post, user=user),
        lambda: duplicate_post(post, user=user),
    ):
        with pytest.raises(PostGone):
            action()


# --- delete and duplicate -------------------------------------------------------------


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
