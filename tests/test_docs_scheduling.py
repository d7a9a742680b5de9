"""The examples of docs/scheduling.md do what the page says."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from social_media.enums import Platform
from tests.docs_dates import in_future
from tests.docs_examples import Examples, blocks_of
from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory
from tests.social_media.api.callers import client_of
from tests.social_media.posts.composing import account_on

PAGES = [Path(__file__).parents[1] / "docs" / "scheduling.md"]
#: Each stands alone: the examples of one begin with an empty workspace.
SECTIONS = {
    f"{page.name}: {section}": list(blocks)
    for page in PAGES
    for section, blocks in groupby(
        blocks_of(page.read_text()), lambda block: block.section
    )
}


HANDLES = {
    Platform.X: ("anna", ""),
    Platform.BLUESKY: ("anna.example", "https://bsky.social"),
    Platform.MASTODON: ("anna", "https://social.example"),
}


@pytest.fixture
def examples(db, tmp_path):
    """Anna's team, with an account on each network: $X, $BLUESKY, $MASTODON."""
    anna = UserFactory(email="anna@example.org")
    team = WorkspaceFactory(name="Our team")
    MembershipFactory(user=anna, workspace=team)
    names = {
        platform.name: str(account_on(team, platform, handle=handle, server=server).pk)
        for platform, (handle, server) in HANDLES.items()
    }
    return Examples(client_of(anna), tmp_path, {**names, "WORKSPACE": str(team.pk)})


@pytest.mark.parametrize("blocks", SECTIONS.values(), ids=list(SECTIONS))
def test_every_example_does_what_its_page_says(blocks, examples):
    examples.run(blocks)
    assert len(examples.ran) == len(blocks)


def test_every_section_has_examples():
    headings = {
        f"{page.name}: {line.removeprefix('## ')}"
        for page in PAGES
        for line in page.read_text().splitlines()
        if line.startswith("## ")
    }
    assert headings == set(SECTIONS)


FEED = """
```http
POST /calendar/feeds

{"name": "Phone"}
```

```json
{"name": "Phone", "id": "$FEED", "url": "http://testserver/calendar/$TOKEN.ics"}
```
"""
GET_IT = """
```http
GET /calendar/feeds/$FEED
```
"""


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ('```json\n{"name": "Desk"}\n```', ".name: 'Phone', not 'Desk'"),
        ('```json\n{"names": "Phone"}\n```', ".names is not in"),
        ('```json\n{"works": 1}\n```', ".works: True, not 1"),
        ('```json\n{"id": "$TOKEN"}\n```', ".id: "),
        ('```json 201\n{"name": "Phone"}\n```', "200 b"),
        ("```ics\nBEGIN:VCALENDAR\n```", "'BEGIN:VCALENDAR' is not in"),
        ("```http\nGET /calendar/feeds/$NOBODY\n```", "$NOBODY is not known yet"),
        ("```http\nGET /calendar?from=x&to=y\n```", "This is not a time"),
        ("```console\n$ python manage.py check\nBad.\n```", "'Bad.' is not in"),
    ],
)
def test_an_example_that_is_wrong_is_told_with_its_line(examples, wrong, reason):
    with pytest.raises(AssertionError, match=r"^line 15: ") as told:
        examples.run(list(blocks_of(FEED + GET_IT + wrong)))
    assert reason in str(told.value)


def test_dates_are_moved_by_whole_weeks_to_about_the_same_day():
    page = "From 2020-03-30T09:00 to 20200406T070000Z, and 2020 alone, not 2021-3-1."
    moved = in_future(page, today=date(2026, 11, 20))
    assert moved == (
        "From 2027-03-29T09:00 to 20270405T070000Z, and 2020 alone, not 2021-3-1."
    )
    assert in_future(page, today=date(2020, 1, 1)) == page


def test_blocks_without_a_language_are_for_people():
    assert list(blocks_of("```\n$ rm -rf /\n```\n")) == []
