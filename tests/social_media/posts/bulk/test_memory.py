"""Memory of an import does not grow with its rows."""

from __future__ import annotations

import tracemalloc

import pytest

from social_media.models import Post
from social_media.posts.bulk.export import export
from tests.factories import WorkspaceFactory
from tests.social_media.posts.bulk.rows import LATER, imported, zulu
from tests.social_media.posts.composing import account_on

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.alone,
    pytest.mark.postgresql,
]


def rows(count):
    yield "content,accounts,scheduled_time,labels,thread_1\r\n"
    for number in range(count):
        text = f"Number {number} of many, see https://example.org/{number}"
        yield f'"{text}",x:anna bluesky:anna,{zulu(LATER)},"a, b",More\r\n'


def peak_of(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_three_times_the_rows_take_hardly_more_memory(tmp_path):
    peaks = {"in": [], "out": []}
    for count in (100, 1_000, 3_000):  # the first fills what is kept for good
        workspace = WorkspaceFactory()
        for platform in ("x", "bluesky"):
            account_on(workspace, platform, handle="anna")
        folder = tmp_path / str(count)
        folder.mkdir()
        content = "".join(rows(count)).encode()
        peaks["in"].append(
            peak_of(lambda: imported(workspace, folder, content))  # noqa: B023
        )
        posts = Post.objects.filter(workspace=workspace)
        assert posts.count() == count
        peaks["out"].append(
            peak_of(
                lambda: sum(
                    done
                    for _, done in export(workspace.pk, posts, file_format="csv")  # noqa: B023
                )
            )
        )
    for _, few, many in peaks.values():
        assert many < 1.5 * few, peaks
