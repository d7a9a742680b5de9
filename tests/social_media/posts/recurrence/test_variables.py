"""Variables in texts."""

from __future__ import annotations

import uuid

import pytest

from social_media.posts.composition import Composition, Destination
from social_media.posts.recurrence.variables import render, variable_problems
from tests.social_media.posts.recurrence.recurring import at

ACCOUNT = uuid.uuid4()


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{{date}} {{time}}", "2026-03-29 09:05"),
        ("{{weekday}}, {{day}} {{month}} {{year}}", "Sunday, 29 March 2026"),
        ("Number {{ counter }}!", "Number 7!"),
        ("{{date:%d.%m.%Y}} and {{date:%a %j 100%%}}", "29.03.2026 and Sun 088 100%"),
        ("{date} { {date} } plain", "{date} { {date} } plain"),
        ("{{counter}}{{counter}}", "77"),
    ],
)
def test_they_stand_for_the_local_time(text, rendered):
    found = render(Composition(text), number=7, local=at("2026-03-29T09:05:00"))
    assert found.content == rendered
    assert variable_problems(Composition(text)) == []


def test_every_text_has_them():
    own = Destination(ACCOUNT, content="c {{counter}}", thread=("t {{counter}}",))
    comment = Destination(ACCOUNT, first_comment="f {{counter}}")
    found = render(
        Composition(
            "{{counter}}",
            thread=("a {{counter}}", "b"),
            first_comment="{{year}}",
            targets=(own, comment),
        ),
        number=3,
        local=at("2026-03-29T09:05:00"),
    )
    assert found == Composition(
        "3",
        thread=("a 3", "b"),
        first_comment="2026",
        targets=(
            Destination(ACCOUNT, content="c 3", thread=("t 3",)),
            Destination(ACCOUNT, first_comment="f 3"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{name}}", "There is no variable {{name}}. There are {{date}}"),
        ("{{}}", "There is no variable {{}}"),
        ("{{date:%Q}}", "does not know %Q"),
        ("{{date:50%}}", "does not know %"),
        ("{{date:}}", "does not know an empty format"),
        ("{{time:%H}}", "only {{date:...}} takes codes"),
        ("{{Date}}", "no variable {{Date}}"),
    ],
)
def test_unknown_ones_are_named(text, words):
    composition = Composition("fine", targets=(Destination(ACCOUNT, thread=(text,)),))
    (problem,) = variable_problems(composition)
    assert (problem.field, problem.code) == ("targets.0.thread.0", "unknown_variable")
    assert words in problem.message


@pytest.mark.parametrize(
    "codes", ["%c", "%x", "%s", "%_d", "%^a", "%-d", "%500d", "%999Y", "%Ey", "50%"]
)
def test_codes_of_one_machine_are_left_as_they_are(codes):
    text = f"{{{{date:{codes} %d}}}}"
    found = render(Composition(text), number=7, local=at("2026-03-29T09:05:00"))
    assert found.content == f"{codes} 29"
