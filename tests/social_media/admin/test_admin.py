"""Every page of the admin: what it shows, what it asks the database, who may act."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import ApiKey, Membership, User, Workspace
from social_media.enums import ActivityAction, TargetStatus
from social_media.models import (
    ActivityLog,
    CalendarFeed,
    ConnectedAccount,
    Heartbeat,
    Label,
    MediaFile,
    MediaRendition,
    Occurrence,
    Post,
    PostQueue,
    PostTarget,
    PublishAttempt,
    PublishStep,
    QueuedPost,
    RecurringSchedule,
    StoredAnswer,
    ThreadPart,
)
from social_media.posts.labels import write_labels
from tests.factories import (
    ApiKeyFactory,
    MediaRenditionFactory,
    MembershipFactory,
    PostMediaFactory,
    PublishAttemptFactory,
    PublishStepFactory,
    ThreadPartFactory,
    UserFactory,
    now,
)
from tests.planning_factories import OccurrenceFactory
from tests.queue_factory import PostQueueFactory

pytestmark = pytest.mark.django_db

MODELS = [
    User,
    Workspace,
    Membership,
    ApiKey,
    ConnectedAccount,
    Post,
    ThreadPart,
    PostTarget,
    PublishStep,
    PublishAttempt,
    ActivityLog,
    Heartbeat,
    StoredAnswer,
    MediaFile,
    MediaRendition,
    PostQueue,
    RecurringSchedule,
    Occurrence,
    Label,
    CalendarFeed,
]


def address(model, page="changelist", *args):
    return reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args
    )


def one_of_each():
    """At least one more row of every model."""
    membership = MembershipFactory()
    key = ApiKeyFactory(workspace=membership.workspace, created_by=membership.user)
    attempt = PublishAttemptFactory()
    ThreadPartFactory(post=attempt.target.post)
    ActivityLog.objects.record(
        ActivityAction.POST_CREATED,
        attempt.target.post,
        workspace_id=membership.workspace_id,
        user=membership.user,
        api_key=key,
    )
    made = MediaRenditionFactory()
    PostMediaFactory(file=made.original, post=attempt.target.post)
    queue = PostQueueFactory(workspace=membership.workspace)
    QueuedPost.objects.create(queue=queue, post=attempt.target.post, position=1)
    OccurrenceFactory(schedule__workspace=membership.workspace)
    write_labels(attempt.target.post, ["News"])
    CalendarFeed.objects.create(
        workspace=membership.workspace,
        created_by=membership.user,
        api_key=key,
        token_hash=hashlib.sha256(str(key.pk).encode()).hexdigest(),
    )
    Heartbeat.objects.create(name=f"scan{Heartbeat.objects.count()}", beaten_at=now())
    StoredAnswer.objects.create(
        workspace=membership.workspace,
        caller=membership.user.pk,
        key="repeat",
        fingerprint="f" * 64,
        body={"answer": "of the caller"},
    )
    return key, attempt


def test_every_model_has_a_page():
    ours = {
        m
        for m in admin.site._registry
        if m._meta.app_label in {"accounts", "social_media"}
    }
    assert ours == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_for_one_row_and_for_three(client, operator, model):
    one_of_each()
    client.get(address(model))
    with CaptureQueriesContext(connection) as one:
        assert client.get(address(model)).status_code == 200
    one_of_each()
    one_of_each()
    with CaptureQueriesContext(connection) as three:
        page = client.get(address(model))
    assert page.context["cl"].result_count == model.objects.count()
    assert len(three) == len(one)


@pytest.mark.parametrize("model", MODELS)
def test_every_row_has_a_page_without_secrets(client, operator, model, settings):
    key, _ = one_of_each()
    secrets = [key.key_hash, key.plain, "mastodon-access", "of the caller"]
    secrets.append(str(PublishAttempt.objects.get().token))
    secrets.append(CalendarFeed.objects.get().token_hash)
    # Nothing is decrypted: the keys of the tokens may even be lost.
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    for row in (
        model.objects.all()
        if model is not ConnectedAccount
        else model.objects.defer("secrets")
    ):
        for page in (address(model, "change", row.pk), address(model)):
            answer = client.get(page)
            assert answer.status_code == 200
            assert [one for one in secrets if one in answer.content.decode()] == []


@pytest.mark.parametrize(
    ("model", "title"),
    [
        (Membership, "{person} is owner of {workspace}"),
        (PostTarget, "{post} on Mastodon @{handle}: posting"),
        (PublishStep, "Post 0 of {post} on Mastodon @{handle}: posting"),
        (PublishAttempt, "0 of {post} on Mastodon @{handle}: posting: open"),
        (ActivityLog, "post.created by {person}"),
    ],
)
def test_titles_are_for_people(client, operator, model, title):
    _, attempt = one_of_each()
    membership = Membership.objects.get()
    page = client.get(address(model, "change", model.objects.get().pk))
    assert page.context["subtitle"] == title.format(
        person=membership.user,
        workspace=membership.workspace,
        post=attempt.target.post,
        handle=attempt.target.account.handle,
    )


@pytest.mark.parametrize(
    ("model", "related"),
    [(Workspace, "memberships"), (User, "memberships"), (PostTarget, "steps")],
)
def test_rows_within_a_page_cost_no_queries(client, operator, model, related):
    def queries(row):
        with CaptureQueriesContext(connection) as made:
            assert client.get(address(model, "change", row.pk)).status_code == 200
        return len(made)

    def grow(row):
        if model is PostTarget:
            position = row.steps.count()
            PublishStepFactory(target=row, position=position)
        else:
            MembershipFactory(**{model._meta.model_name: row})

    row = PublishStepFactory().target if model is PostTarget else None
    row = row or getattr(MembershipFactory(), model._meta.model_name)
    queries(row)
    one = queries(row)
    grow(row)
    grow(row)
    assert getattr(row, related).count() == 3
    assert queries(row) == one


@pytest.mark.parametrize(
    ("model", "action"),
    [(ConnectedAccount, "pause"), (PostTarget, "retry"), (ApiKey, "revoke")],
)
def test_an_action_on_what_can_t_exist_is_told(client, operator, model, action):
    one_of_each()
    chosen = {"action": action, "_selected_action": ["not-an-id"]}
    page = client.post(address(model), chosen, follow=True)
    assert page.status_code == 200
    assert "One of the chosen rows does not exist." in page.content.decode()


@pytest.mark.parametrize("model", [one for one in MODELS if one is not Membership])
def test_nothing_is_added_or_deleted(client, operator, model):
    one_of_each()
    before = model.objects.count()
    row = (
        model.objects.defer("secrets").first()
        if model is ConnectedAccount
        else model.objects.first()
    )
    assert client.get(address(model, "add")).status_code == 403
    assert (
        client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code
        == 403
    )
    client.post(
        address(model),
        {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"},
    )
    assert model.objects.count() == before


@pytest.mark.parametrize(
    "model", [one for one in MODELS if one not in (User, Membership)]
)
def test_nothing_is_changed_by_hand(client, operator, model):
    one_of_each()
    row = (
        model.objects.defer("secrets").first()
        if model is ConnectedAccount
        else model.objects.first()
    )
    page = client.get(address(model, "change", row.pk)).content.decode()
    assert 'name="_save"' not in page
    assert client.post(address(model, "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_search_by_text_and_by_id(client, operator, model):
    one_of_each()
    for words in ("some words", "\x00", "it's", "%", "'\"<>"):
        assert client.get(address(model), {"q": words}).status_code == 200
    row = model.objects.values_list("pk", flat=True).first()
    if model is not User and model is not Heartbeat:
        page = client.get(address(model), {"q": str(row)})
        assert [one.pk for one in page.context["cl"].result_list] == [row]


@pytest.mark.parametrize("model", MODELS)
def test_every_filter_answers(client, operator, model):
    one_of_each()
    choices = re.findall(
        r'href="(\?[^"]*)"', client.get(address(model)).content.decode()
    )
    for choice in {one.replace("&amp;", "&") for one in choices}:
        assert client.get(address(model) + choice).status_code == 200


def test_targets_are_found_by_their_post_and_account(client, operator):
    attempt = PublishAttemptFactory()
    PublishAttemptFactory()
    for wanted in (attempt.target.post_id, attempt.target.account_id):
        page = client.get(address(PostTarget), {"q": f" {wanted} "})
        assert [one.pk for one in page.context["cl"].result_list] == [attempt.target_id]


def test_filter_by_age_and_network(client, operator):
    attempt = PublishAttemptFactory()
    old = PublishAttemptFactory()
    past = now() - timedelta(hours=2)
    from social_media.admin.filters import first_id_of

    ThreadPartFactory(post=old.target.post)
    PublishAttempt.objects.filter(pk=old.pk).update(id=first_id_of(past))
    page = client.get(address(PublishAttempt), {"made": "1", "platform": "mastodon"})
    assert [one.pk for one in page.context["cl"].result_list] == [attempt.pk]
    page = client.get(address(PublishAttempt), {"made": "24"})
    assert page.context["cl"].result_count == 2
    page = client.get(address(PublishAttempt), {"platform": "x"})
    assert page.context["cl"].result_count == 0


def test_refresh_tokens_have_no_page(client, operator):
    for name in ("outstandingtoken", "blacklistedtoken"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:token_blacklist_{name}_changelist")


def test_a_user_is_switched_off_and_keeps_the_address(client, operator):
    user = UserFactory()
    page = address(User, "change", user.pk)
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    answer = client.post(
        page, {"timezone": "Europe/Berlin", "email": "new@example.org", **inline}
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.is_active, user.timezone) == (False, "Europe/Berlin")
    assert user.email != "new@example.org"
    answer = client.post(page, {"timezone": "Mars/Base", **inline})
    assert answer.context["errors"] == [
        ["'Mars/Base' is not a time zone. Use an IANA name such as Europe/Berlin."]
    ]


def test_an_api_key_is_revoked_and_the_activity_tells_who(client, operator):
    key, other = ApiKeyFactory(), ApiKeyFactory()
    client.post(
        address(ApiKey), {"action": "revoke", "_selected_action": [str(key.pk)]}
    )
    assert list(ApiKey.objects.usable()) == [other]
    logged = ActivityLog.objects.values_list("action", "thing_id", "user")
    assert list(logged) == [("api_key.revoked", key.pk, operator.pk)]


@pytest.mark.parametrize("model", [ConnectedAccount, PostTarget, ApiKey])
@pytest.mark.parametrize("right", ["view", "change"])
def test_actions_are_for_those_who_may_change(client, model, right):
    one_of_each()
    user = UserFactory(is_staff=True)
    codename = f"{right}_{model._meta.model_name}"
    user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    page = client.get(address(model))
    assert page.status_code == 200
    names = (
        [
            name
            for name, _ in page.context["action_form"].fields["action"].choices
            if name
        ]
        if page.context["action_form"]
        else []
    )
    expected = {
        ConnectedAccount: ["pause", "resume"],
        PostTarget: ["retry", "look_up_now", "mark_live"],
        ApiKey: ["revoke"],
    }
    assert names == (expected[model] if right == "change" else [])


def test_people_of_workspaces_are_kept_out(client):
    client.force_login(MembershipFactory().user)
    answer = client.get(address(PostTarget))
    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


def test_lists_count_no_further_than_anyone_pages(client, operator, monkeypatch):
    from accounts.look_only import CappedPaginator

    monkeypatch.setattr(CappedPaginator, "CAP", 2)
    for _ in range(3):
        PublishAttemptFactory()
    assert client.get(address(PostTarget)).context["cl"].result_count == 2


def test_statuses_of_the_form_are_the_models(client, operator):
    page = client.get(address(PostTarget)).content.decode()
    for status in TargetStatus:
        assert f"status__exact={status.value}" in page


def test_the_pattern_of_a_recurring_post_is_told_apart(client, operator):
    schedule = OccurrenceFactory().schedule
    posts = client.get(address(Post) + "?is_template__exact=0")
    assert str(schedule.template) not in posts.content.decode()
    page = client.get(address(RecurringSchedule, "change", schedule.pk))
    assert schedule.template.content in page.content.decode()


def test_a_queue_shows_its_slots_in_words(client, operator):
    slots = {"sunday": ["10:00"], "monday": ["09:00", "15:00"]}
    queue = PostQueueFactory(slots=slots)
    page = client.get(address(PostQueue, "change", queue.pk)).content.decode()
    assert "Monday: 09:00, 15:00<br>Sunday: 10:00" in page
    assert "&quot;monday&quot;" not in page
