"""The ledger: what may be sent, and that it is written down first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.ids import new_id
from social_media.enums import AttemptOutcome, TargetStatus
from social_media.models import PostTarget, PublishAttempt, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.errors import OutcomeUnknown, Unavailable
from social_media.publishing import attempt as ledger
from social_media.publishing.attempt import open_attempt
from social_media.publishing.claim import claim_target
from social_media.publishing.lease import Lease, LeaseLost
from tests.factories import (
    ConnectedAccountFactory,
    PublishAttemptFactory,
    PublishStepFactory,
)
from tests.social_media.publishing.conftest import due, outcomes, together

pytestmark = pytest.mark.django_db(transaction=True)
DEADLINE = timedelta(seconds=20)


@pytest.fixture
def claim():
    target = due(ConnectedAccountFactory(), status=TargetStatus.QUEUED)
    return claim_target(target.pk)


@pytest.fixture
def step(claim):
    target = PostTarget.objects.get(pk=claim.target_id)
    return PublishStepFactory(target=target, payload={"text": "é \U0001f600"})


def test_an_attempt_is_a_committed_row_with_what_is_to_be_sent(claim, step):
    made = open_attempt(step, claim.lease, deadline=DEADLINE)
    row = PublishAttempt.objects.get()
    assert (row.pk, row.payload, row.outcome) == (made.id, made.payload, "")
    assert made.payload == {"text": "é \U0001f600"}
    assert (row.step_id, row.target_id, row.token) == (
        step.pk,
        step.target_id,
        claim.lease.token,
    )
    assert row.give_up_at - row.opened_at == DEADLINE


def test_what_is_sent_is_what_is_stored_not_what_was_read_before(claim, step):
    PublishStep.objects.update(payload={"text": "stored"})
    step.payload = {"text": "in memory"}
    made = open_attempt(step, claim.lease, deadline=DEADLINE)
    assert made.payload == {"text": "stored"}


def test_a_step_with_a_remote_id_is_never_sent_again(claim, step):
    """I3."""
    PublishStep.objects.update(remote_id="1")
    assert open_attempt(step, claim.lease, deadline=DEADLINE) is None


def test_a_step_in_doubt_is_not_sent_again(claim, step):
    """I4: the open attempt stands in the way until a look-up closed it."""
    made = open_attempt(step, claim.lease, deadline=DEADLINE)
    ledger.leave_open(made.id, OutcomeUnknown("lost"))
    assert open_attempt(step, claim.lease, deadline=DEADLINE) is None
    ledger.close_attempt(made.id, AttemptOutcome.ABSENT)
    assert open_attempt(step, claim.lease, deadline=DEADLINE) is not None


def test_the_database_itself_refuses_a_second_open_attempt(step):
    """I2: whatever the code does."""
    PublishAttemptFactory(step=step, target=step.target, outcome="")
    with pytest.raises(IntegrityError):
        PublishAttemptFactory(step=step, target=step.target, outcome="")


def test_no_attempt_without_the_lease(claim, step):
    other = Lease(claim.target_id, new_id(), Lease.clock())
    assert open_attempt(step, other, deadline=DEADLINE) is None


def test_no_attempt_that_could_outlast_the_lease(claim, step):
    soon = database_now() + DEADLINE - timedelta(seconds=1)
    PostTarget.objects.update(lease_expires_at=soon)
    assert open_attempt(step, claim.lease, deadline=DEADLINE) is None


def test_no_attempt_once_the_target_moved_on(claim, step):
    target = PostTarget.objects.filter(pk=claim.target_id)
    target.move(TargetStatus.RECONCILING, of={TargetStatus.POSTING})
    assert open_attempt(step, claim.lease, deadline=DEADLINE) is None


@pytest.mark.postgresql
def test_of_two_that_open_at_once_one_does(claim, step):
    made = together(*[lambda: open_attempt(step, claim.lease, deadline=DEADLINE)] * 6)
    assert len([attempt for attempt in made if attempt]) == 1


def test_a_late_success_overrules_what_was_believed(claim, step):
    made = open_attempt(step, claim.lease, deadline=DEADLINE)
    ledger.close_attempt(made.id, AttemptOutcome.ABSENT)
    ledger.close_published(made.id, "42")
    assert outcomes(step.target) == [AttemptOutcome.POSTED]


def test_a_late_failure_overrules_nothing(claim, step):
    made = open_attempt(step, claim.lease, deadline=DEADLINE)
    ledger.close_attempt(made.id, AttemptOutcome.ADOPTED)
    ledger.close_attempt(made.id, AttemptOutcome.UNAVAILABLE, Unavailable("late"))
    assert outcomes(step.target) == [AttemptOutcome.ADOPTED]
    assert PublishAttempt.objects.get().error_message == ""


def test_a_lease_is_renewed_only_by_its_holder(claim):
    before = PostTarget.objects.get().lease_expires_at
    claim.lease.renew()
    assert PostTarget.objects.get().lease_expires_at > before
    with pytest.raises(LeaseLost):
        Lease(claim.target_id, new_id(), Lease.clock()).renew()


def test_a_lease_runs_out_on_a_clock_that_counts_suspend(claim, settings, monkeypatch):
    assert claim.lease.fits(settings.LEASE - timedelta(seconds=5))
    slept = Lease.clock() + settings.LEASE.total_seconds()
    monkeypatch.setattr(Lease, "clock", staticmethod(lambda: slept))
    assert not claim.lease.fits(timedelta(0))
