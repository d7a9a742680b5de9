"""Targets: their legal moves and what the database holds about them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from social_media.enums import IN_FLIGHT, TRANSITIONS, AccountStatus, TargetStatus
from social_media.models import PostTarget
from social_media.models.target_queries import IllegalMove
from tests.factories import ConnectedAccountFactory, PostTargetFactory, now

pytestmark = pytest.mark.django_db

ILLEGAL = [
    (source, to)
    for source in TargetStatus
    for to in TargetStatus
    if to not in TRANSITIONS[source]
]
#: What a row needs in the status it moves to.
NEEDS = {
    TargetStatus.SCHEDULED: {"due_at": now()},
    TargetStatus.QUEUED: {"queued_at": now()},
    TargetStatus.POSTING: {
        "attempt_token": "01a1f87a-0b78-749a-8d7c-e83cfb147580",
        "lease_expires_at": now(),
    },
    TargetStatus.RECONCILING: {"due_at": now()},
}


def rows(target):
    return PostTarget.objects.filter(pk=target.pk)


@pytest.mark.parametrize(
    ("source", "to"),
    [(one, to) for one in TRANSITIONS for to in sorted(TRANSITIONS[one])],
)
def test_every_legal_move_works(source, to):
    target = PostTargetFactory(status=source)
    before = target.updated_at
    assert rows(target).move(to, of={source}, **NEEDS.get(to, {})) == 1
    target.refresh_from_db()
    assert target.status == to
    assert target.updated_at >= before - timedelta(milliseconds=1)


@pytest.mark.parametrize(("source", "to"), ILLEGAL)
def test_every_other_move_is_refused_before_the_database_is_asked(
    source, to, django_assert_num_queries
):
    with django_assert_num_queries(0), pytest.raises(IllegalMove):
        PostTarget.objects.move(to, of={source})


def test_one_illegal_source_among_legal_ones_is_refused():
    with pytest.raises(IllegalMove, match=r"^\[TargetStatus.DRAFT\] -> posted$"):
        PostTarget.objects.move(
            TargetStatus.POSTED, of={TargetStatus.POSTING, TargetStatus.DRAFT}
        )


def test_a_move_from_nowhere_is_refused():
    with pytest.raises(IllegalMove):
        PostTarget.objects.move(TargetStatus.SCHEDULED, of=set())


def test_a_row_that_stands_elsewhere_is_not_moved():
    target = PostTargetFactory(status=TargetStatus.POSTED)
    moved = rows(target).move(TargetStatus.FAILED, of={TargetStatus.POSTING})
    target.refresh_from_db()
    assert (moved, target.status) == (0, TargetStatus.POSTED)


def test_of_two_that_race_one_moves_the_row():
    target = PostTargetFactory(status=TargetStatus.QUEUED)
    needs = NEEDS[TargetStatus.POSTING]
    moved = [
        rows(target).move(TargetStatus.POSTING, of={TargetStatus.QUEUED}, **needs)
        for _ in range(2)
    ]
    assert moved == [1, 0]


def test_one_in_flight_per_account():
    account = ConnectedAccountFactory()
    first = PostTargetFactory(account=account, status=TargetStatus.QUEUED)
    for status in set(TargetStatus) - IN_FLIGHT:
        PostTargetFactory(account=account, status=status)
    PostTargetFactory(status=TargetStatus.POSTING)
    for status in IN_FLIGHT:
        with pytest.raises(IntegrityError), transaction.atomic():
            PostTargetFactory(account=account, status=status)
    second = PostTargetFactory(account=account)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows(second).move(
            TargetStatus.QUEUED, of={TargetStatus.SCHEDULED}, queued_at=now()
        )
    rows(first).move(TargetStatus.CANCELLED, of={TargetStatus.QUEUED})
    assert (
        rows(second).move(
            TargetStatus.QUEUED, of={TargetStatus.SCHEDULED}, queued_at=now()
        )
        == 1
    )


def test_one_target_per_post_and_account():
    first = PostTargetFactory()
    with pytest.raises(IntegrityError):
        PostTargetFactory(post=first.post, account=first.account)


@pytest.mark.parametrize(
    ("state", "constraint"),
    [
        ({"status": "lost"}, "target_status_known"),
        ({"status": "scheduled", "due_at": None}, "waiting_target_is_due"),
        ({"status": "queued", "due_at": None}, "waiting_target_is_due"),
        ({"status": "reconciling", "due_at": None}, "waiting_target_is_due"),
        ({"status": "queued", "queued_at": None}, "queued_target_has_a_time"),
        ({"status": "posting", "attempt_token": None}, "posting_target_has_a_lease"),
        ({"status": "posting", "lease_expires_at": None}, "posting_target_has_a_lease"),
    ],
)
def test_a_row_that_nobody_would_find_again_is_refused(state, constraint):
    target = PostTargetFactory()
    for name, needed in NEEDS.items():
        state = {**needed, **state} if state["status"] == name else state
    with pytest.raises(IntegrityError, match=constraint):
        rows(target).update(**state)


def test_due():
    due = PostTargetFactory()
    PostTargetFactory(due_at=now() + timedelta(minutes=1))
    for status in set(TargetStatus) - {TargetStatus.SCHEDULED}:
        PostTargetFactory(status=status)
    assert list(PostTarget.objects.due()) == [due]


def test_account_ready():
    ready = PostTargetFactory()
    PostTargetFactory(account__status=AccountStatus.PAUSED)
    PostTargetFactory(account__blocked_until=now() + timedelta(hours=1))
    assert list(PostTarget.objects.account_ready()) == [ready]


def test_in_time():
    always = PostTargetFactory()
    still = PostTargetFactory(late_after=now() + timedelta(minutes=1))
    PostTargetFactory(late_after=now() - timedelta(seconds=1))
    assert set(PostTarget.objects.in_time()) == {always, still}


def test_stale():
    age = timedelta(seconds=20)
    stale = PostTargetFactory(
        status=TargetStatus.QUEUED, queued_at=now() - timedelta(seconds=21)
    )
    PostTargetFactory(
        status=TargetStatus.QUEUED, queued_at=now() - timedelta(seconds=10)
    )
    PostTargetFactory(queued_at=now() - timedelta(seconds=60))
    assert list(PostTarget.objects.stale(age)) == [stale]


def test_lease_expired():
    gone = now() - timedelta(seconds=1)
    lost = PostTargetFactory(status=TargetStatus.POSTING, lease_expires_at=gone)
    PostTargetFactory(status=TargetStatus.POSTING)
    PostTargetFactory(status=TargetStatus.RECONCILING, lease_expires_at=gone)
    assert list(PostTarget.objects.lease_expired()) == [lost]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("query", "index"),
    [
        (lambda rows: rows.due().order_by("due_at", "account", "pk"), "target_scan"),
        (
            lambda rows: (
                rows.due()
                .filter(account="01a1f87a-0b78-749a-8d7c-e83cfb147580")
                .order_by("due_at", "pk")
            ),
            "target_first_due",
        ),
        (lambda rows: rows.stale(timedelta(seconds=20)), "target_stale"),
        (
            lambda rows: rows.lease_expired().order_by("lease_expires_at"),
            "target_lease",
        ),
        (
            lambda rows: rows.filter(status="reconciling").order_by("due_at"),
            "target_reconcile",
        ),
        (lambda rows: rows.filter(status="unconfirmed"), "target_unconfirmed"),
        (
            lambda rows: rows.filter(status="posted", posted_at__gt=now()),
            "target_posted",
        ),
        (
            lambda rows: rows.filter(status="failed", updated_at__gt=now()),
            "target_failed",
        ),
    ],
)
def test_each_partial_index_has_its_reader(query, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        # On an empty table it costs the same as target_stale. Rolled back.
        cursor.execute("DROP INDEX one_in_flight_per_account")
    plan = query(PostTarget.objects.order_by()).explain()
    assert f"using {index} on" in plan or f"Scan on {index} " in plan, plan


def test_due_anywhere_is_due():
    past, future = now() - timedelta(minutes=1), now() + timedelta(hours=1)
    for at in (past, past - timedelta(days=400), past - timedelta(days=1), future):
        PostTargetFactory(due_at=at)
    PostTargetFactory(status=TargetStatus.POSTED)
    assert PostTarget.objects.due().count() == 3
    everywhere = set(PostTarget.objects.due_anywhere())
    assert everywhere == set(PostTarget.objects.due())


def test_nothing_is_due_anywhere_where_nothing_is_scheduled():
    PostTargetFactory(status=TargetStatus.POSTED)
    assert not PostTarget.objects.due_anywhere().exists()


@pytest.mark.parametrize("status", AccountStatus)
@pytest.mark.parametrize("blocked", [None, timedelta(hours=-1), timedelta(hours=1)])
def test_account_not_held_is_account_ready(status, blocked):
    account = ConnectedAccountFactory(
        status=status, blocked_until=blocked and now() + blocked
    )
    PostTargetFactory(account=account)
    ready = PostTarget.objects.account_ready().count()
    assert PostTarget.objects.account_not_held().count() == ready
