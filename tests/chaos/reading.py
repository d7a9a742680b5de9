"""Reads what is stored and what stands, past the code that is on trial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from social_media.simulator.client import SimulatorClient
from social_media.simulator.faults import NETWORKS
from tests.chaos.evidence import Attempt, Standing, Step, StoredPost, Target
from tests.chaos.recovery import Hold

Row = dict[str, Any]

_POSTS = "SELECT id::text, content, status FROM social_media_post ORDER BY created_at"
_TARGETS = """
    SELECT id::text, post_id::text, account_id::text, status, error_code, error_message,
           remote_url, posted_at,
           num_nonnulls(attempt_token, lease_expires_at, queued_at) > 0 AS held
      FROM social_media_posttarget ORDER BY created_at, id"""
_STEPS = """
    SELECT target_id::text, position, kind, payload ->> 'text' AS text, remote_id,
           remote_url, abandoned_at IS NOT NULL AS abandoned
      FROM social_media_publishstep ORDER BY target_id, position"""
_ATTEMPTS = """
    SELECT target_id::text, position, opened_at, closed_at, outcome, error_code,
           http_status
      FROM social_media_publishattempt ORDER BY opened_at, id"""
_TOLD = """
    SELECT thing_id::text AS target_id, count(*) AS told
      FROM social_media_activitylog WHERE action = 'target.posted' GROUP BY thing_id"""
_UNFINISHED = """
    SELECT count(*) FROM social_media_posttarget
     WHERE status IN ('scheduled', 'queued', 'posting', 'reconciling')"""
#: What a worker holds, and what waits in the broker or in a worker for its turn.
_IN_FLIGHT = """
    SELECT id::text, coalesce(attempt_token::text, queued_at::text)
      FROM social_media_posttarget
     WHERE status = ANY(%(where)s)
       AND (attempt_token IS NOT NULL OR queued_at IS NOT NULL)
    UNION
    SELECT id::text, preparing_token::text FROM social_media_posttarget
     WHERE 'uploading' = ANY(%(where)s)
       AND status = 'scheduled' AND preparing_token IS NOT NULL
    UNION
    SELECT target.id::text, coalesce(made.attempt_token, file.attempt_token)::text
      FROM social_media_posttarget target
      JOIN social_media_postmedia place ON place.post_id = target.post_id
      JOIN social_media_mediafile file ON file.id = place.file_id
      LEFT JOIN social_media_mediarendition made
        ON made.original_id = file.id AND made.attempt_token IS NOT NULL
     WHERE 'making' = ANY(%(where)s) AND target.status = 'scheduled'
       AND num_nonnulls(made.attempt_token, file.attempt_token) > 0"""
#: For which uploads are under way, ahead of their time or not.
_UPLOADING = """
    SELECT id::text, coalesce(preparing_token, attempt_token)::text
      FROM social_media_posttarget target
     WHERE (status = 'scheduled' AND preparing_token IS NOT NULL
            OR status = 'posting' AND attempt_token IS NOT NULL)
       AND EXISTS (SELECT FROM social_media_postmedia place
                    WHERE place.post_id = target.post_id)
       AND NOT EXISTS (SELECT FROM social_media_publishattempt attempt
                        WHERE attempt.target_id = target.id AND outcome = '')"""
_RENDITIONS = """
    SELECT file.upload_sha256, file.sha256, made.facts ->> 'sha256' AS made
      FROM social_media_mediafile file
      LEFT JOIN social_media_mediarendition made ON made.original_id = file.id"""


class Database:
    """A connection of our own, which is opened anew when the server was stopped."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def close(self) -> None:
        """Close it, if there is one."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def in_flight(self, statuses: Iterable[str]) -> frozenset[Hold] | None:
        """What is in flight with one of `statuses`; None while the server is away."""
        rows = self._ask(_IN_FLIGHT, {"where": list(statuses)})
        return None if rows is None else frozenset((row[0], row[1]) for row in rows)

    def uploading(self) -> frozenset[Hold] | None:
        """For which uploads are under way; None while the server is away."""
        rows = self._ask(_UPLOADING)
        return None if rows is None else frozenset((row[0], row[1]) for row in rows)

    def unfinished(self) -> int | None:
        """How many targets have not ended; None while the server is away."""
        rows = self._ask(_UNFINISHED)
        return None if rows is None else int(rows[0][0])

    def _ask(
        self, sql: str, values: Mapping[str, Any] | None = None
    ) -> list[Any] | None:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._url, autocommit=True, connect_timeout=2
                )
            return self._connection.execute(sql, values).fetchall()
        except psycopg.OperationalError:
            self.close()
            return None


def stored_posts(url: str) -> list[StoredPost]:
    """All posts with all that belongs to them, as of one moment."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = {
            name: connection.execute(sql).fetchall()
            for name, sql in (
                ("posts", _POSTS),
                ("targets", _TARGETS),
                ("steps", _STEPS),
                ("attempts", _ATTEMPTS),
                ("told", _TOLD),
            )
        }
    return _assembled(tables)


def _assembled(tables: dict[str, list[Row]]) -> list[StoredPost]:
    steps = _grouped(tables["steps"], "target_id")
    attempts = _grouped(tables["attempts"], "target_id")
    told = {row["target_id"]: row["told"] for row in tables["told"]}
    targets = _grouped(tables["targets"], "post_id")
    return [
        StoredPost(
            **post,
            targets=[
                Target(
                    **target,
                    told=told.get(target["id"], 0),
                    steps=[Step(**row) for row in steps[target["id"]]],
                    attempts=[Attempt(**row) for row in attempts[target["id"]]],
                )
                for target in _renamed(targets[post["id"]])
            ],
        )
        for post in tables["posts"]
    ]


def renditions(url: str) -> dict[str, frozenset[str]]:
    """Digests of what may be shown of a file, by that of its upload."""
    found: dict[str, set[str]] = defaultdict(set)
    with psycopg.connect(url) as connection:
        for upload, *shown in connection.execute(_RENDITIONS):
            found[upload] |= {sha256 for sha256 in shown if sha256}
    return {upload: frozenset(shown) for upload, shown in found.items()}


def _grouped(rows: Iterable[Row], by: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append({name: row[name] for name in row if name != by})
    return groups


def _renamed(targets: Iterable[Row]) -> Iterable[Row]:
    for target in targets:
        account = target.pop("account_id")
        yield {**target, "account": account}


def all_standing(simulator: SimulatorClient) -> list[Standing]:
    """Everything that stands on the networks."""
    return [
        Standing(
            network=post["network"],
            account=post["account"],
            id=post["id"],
            text=post["text"],
            url=post["url"],
            reply_to=post["reply_to"],
            created_at=datetime.fromisoformat(post["created_at"]),
            edits=post["edits"],
            media=tuple((one["sha256"], one["alt_text"]) for one in post["media"]),
        )
        for network in NETWORKS
        for post in simulator.posts(network)
    ]
