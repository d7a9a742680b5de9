"""How PostgreSQL runs the statements of a tick."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import PostTarget
from tests.bench.growth_tick import Due, tick

TARGETS = PostTarget._meta.db_table
#: The partial indexes that keep settled and future targets out of a tick.
NEEDED = {
    "target_scan",
    "target_first_due",
    "target_lease",
    "target_stale",
    "target_reconcile",
}


def cost_of(statements: list[str]) -> dict[str, float]:
    """What reading takes the database itself, which other load hardly touches: `pages`
    of tables and indexes, and the milliseconds of planning and execution.
    """
    reads = [sql for sql in statements if sql.startswith("SELECT")]
    found = [_explained("ANALYZE, BUFFERS", sql) for sql in reads]
    pages = (one["Plan"]["Shared Hit Blocks"] for one in found)
    unread = (one["Plan"]["Shared Read Blocks"] for one in found)
    times = (one["Planning Time"] + one["Execution Time"] for one in found)
    return {"pages": sum(pages) + sum(unread), "database_ms": round(sum(times), 2)}


def plans_of_a_tick() -> dict[str, Any]:
    """Which indexes the statements of a tick with due work use, which of the partial
    ones are not among them, and how often a statement reads all targets.
    """
    due = Due()
    due.make()
    with CaptureQueriesContext(connection) as captured:
        tick()
    statements = [one["sql"] for one in captured.captured_queries]
    nodes = [node for sql in statements if TARGETS in sql for node in _nodes(sql)]
    due.put_back()
    indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
    return {
        "indexes": sorted(indexes),
        "missing_indexes": sorted(NEEDED - indexes),
        "whole_table_reads": sum(_reads_all(node) for node in nodes),
    }


def _nodes(statement: str) -> Iterator[dict[str, Any]]:
    yield from _with_children(_explained("COSTS", statement)["Plan"])


def _explained(how: str, statement: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({how}, FORMAT JSON) {statement}")
        (answer,) = cursor.fetchone()
    explained: dict[str, Any] = answer[0]
    return explained


def _with_children(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _with_children(child)


def _reads_all(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and node["Relation Name"] == TARGETS
