"""What the tests of bulk import and export share."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from social_media.models import Post
from social_media.posts.bulk.export import export
from social_media.posts.bulk.perform import inspect, perform, prepared
from tests.factories import now

LATER = (now() + timedelta(days=30)).replace(microsecond=0)


def zulu(moment):
    return moment.isoformat().replace("+00:00", "Z")


def table(*rows, columns=None):
    """CSV of these dicts."""
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def written(folder, content):
    path = folder / "rows"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def looked_at(workspace, folder, content, **given):
    return inspect(workspace, written(folder, content), folder=_fresh(folder), **given)


def imported(workspace, folder, content, user=None, **given):
    path = written(folder, content)
    with prepared(workspace, path, folder=_fresh(folder), user=user, **given) as found:
        return perform(found, user=user)


def exported(workspace, file_format="csv", posts=None):
    rows = Post.objects.filter(workspace=workspace) if posts is None else posts
    found = export(workspace.pk, rows, file_format=file_format)
    return "".join(text for text, _ in found)


def told(report):
    return [(one.row, one.column, one.code) for one in report.problems]


def _fresh(folder):
    made = folder / f"work-{len(list(folder.iterdir()))}"
    made.mkdir()
    return made
