"""Steps and the ledger of tries."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from social_media.enums import AttemptOutcome, StepKind
from social_media.models import PublishAttempt, PublishStep
from tests.factories import PublishAttemptFactory, PublishStepFactory, now

pytestmark = pytest.mark.django_db


def test_one_step_per_position():
    step = PublishStepFactory()
    PublishStepFactory(target=step.target, position=1)
    PublishStepFactory(position=0)
    with pytest.raises(IntegrityError):
        PublishStepFactory(target=step.target, position=0)


def test_kind_is_a_known_one():
    with pytest.raises(IntegrityError, match="step_kind_known"):
        PublishStepFactory(kind="poll")


def test_unpublished():
    step = PublishStepFactory()
    PublishStepFactory(remote_id="123", kind=StepKind.POST)
    assert list(PublishStep.objects.unpublished()) == [step]


def test_one_open_attempt_per_step():
    first = PublishAttemptFactory()
    other = PublishStepFactory(target=first.target, position=1)
    PublishAttemptFactory(step=other)
    for outcome in AttemptOutcome:
        PublishAttemptFactory(step=first.step, outcome=outcome)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishAttemptFactory(step=first.step)
    first.outcome, first.closed_at = AttemptOutcome.ABSENT, now()
    first.save()
    PublishAttemptFactory(step=first.step)


def test_a_closed_attempt_is_not_opened_again_beside_an_open_one():
    closed = PublishAttemptFactory(outcome=AttemptOutcome.UNAVAILABLE)
    PublishAttemptFactory(step=closed.step)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishAttempt.objects.filter(pk=closed.pk).update(outcome="", closed_at=None)


@pytest.mark.parametrize(
    "ending",
    [
        {"outcome": "", "closed_at": now()},
        {"outcome": AttemptOutcome.POSTED, "closed_at": None},
        {"outcome": "vanished", "closed_at": now()},
    ],
)
def test_closed_means_with_an_outcome(ending):
    with pytest.raises(IntegrityError, match="attempt_closed_with_outcome"):
        PublishAttemptFactory(**ending)


def test_open():
    attempt = PublishAttemptFactory()
    PublishAttemptFactory(outcome=AttemptOutcome.POSTED)
    assert list(PublishAttempt.objects.open()) == [attempt]


def test_the_ledger_outlives_a_step():
    attempt = PublishAttemptFactory()
    attempt.step.delete()
    attempt.refresh_from_db()
    assert (attempt.step, attempt.payload["text"]) == (
        None,
        attempt.target.post.content,
    )
