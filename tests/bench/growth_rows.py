"""Millions of rows as years of use would have left them, made by the database itself.

One workspace has every fifth account and target; the others have four accounts each.
Of the targets 90 % are posted, spread evenly over two years, 5 % are scheduled for the
next three months; the rest are failed, drafts or cancelled. Four posts have five
targets. Each target has one line of activity, each posted one a step and an attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg

FEWEST_ACCOUNTS = 1_000
TARGETS_PER_ACCOUNT = 100

#: Kinds of rows, told apart by their ids.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION bench_id(kind int, n bigint, ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
            || '8' || lpad(to_hex(n), 15, '0'))::uuid $$;
CREATE OR REPLACE FUNCTION bench_dice(n bigint, sides bigint, throw bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT abs(hashint8(n + 10000000000 * throw)::bigint) % sides $$;
CREATE OR REPLACE FUNCTION bench_at(ms bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp(ms / 1000.0) $$;
CREATE OR REPLACE FUNCTION bench_workspace(account bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN account % 5 = 0 THEN 0 ELSE account / 5 + 1 END $$;
-- Another account of the same workspace.
CREATE OR REPLACE FUNCTION bench_sibling(account bigint, accounts bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE account % 5 WHEN 0 THEN (account + 5) % accounts
                            WHEN 4 THEN account - 3 ELSE account + 1 END $$;
"""

_PEOPLE = """
INSERT INTO accounts_workspace (id, name, timezone, late_policy, late_minutes,
    created_at)
SELECT bench_id(1, n, 1600000000000 + n), 'Workspace ' || n, 'UTC', 'publish', 60, now()
FROM generate_series(%(first_workspace)s, %(last_workspace)s) n;

INSERT INTO accounts_user (id, password, is_superuser, first_name, last_name, is_staff,
    is_active, date_joined, email, timezone)
SELECT bench_id(2, n, 1600000000000 + n), '!' || n, false, 'Person', n::text, false,
    true, now(), 'person' || n || '@example.org', 'UTC'
FROM generate_series(%(first_workspace)s, %(last_workspace)s) n;

INSERT INTO accounts_membership (id, role, created_at, user_id, workspace_id)
SELECT bench_id(3, n, 1600000000000 + n), 'owner', now(),
    bench_id(2, n, 1600000000000 + n), bench_id(1, n, 1600000000000 + n)
FROM generate_series(%(first_workspace)s, %(last_workspace)s) n;

INSERT INTO social_media_connectedaccount (id, platform, server, remote_id, handle,
    display_name, avatar_url, label, scopes, settings, status, status_reason,
    created_at, updated_at, workspace_id)
SELECT bench_id(4, n, 1600000000000 + n),
    (ARRAY['mastodon', 'bluesky', 'x'])[n %% 3 + 1],
    'https://server.example', n::text, 'person' || n, 'Person ' || n, '', '', '[]',
    '{}', 'active', '', now(), now(),
    bench_id(1, bench_workspace(n), 1600000000000 + bench_workspace(n))
FROM generate_series(%(first_account)s, %(last_account)s) n;
"""

#: Everything that the rows of one target are made from.
_STAGE = """
DROP TABLE IF EXISTS bench_stage;
CREATE UNLOGGED TABLE bench_stage AS
WITH numbered AS (
    SELECT n, CASE WHEN n %% 5 = 0 THEN n - 1 ELSE n END AS post
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
), thrown AS (
    SELECT *, bench_dice(post, %(accounts)s, 1) AS first_account,
        bench_dice(post, 100, 2) AS lot, bench_dice(post, 86400000, 3) AS wait,
        (extract(epoch FROM now()) * 1000)::bigint AS present
    FROM numbered
), dated AS (
    SELECT *, CASE WHEN lot BETWEEN 90 AND 94
        THEN present - bench_dice(post, 30, 4) * 86400000 - wait
        ELSE present - (731 * 86400000::bigint)
            + (post - %(first)s) * (730 * 86400000::bigint)
            / (%(last)s - %(first)s + 1) END AS made
    FROM thrown
)
SELECT n, post, lot, made,
    CASE WHEN n = post THEN first_account
        ELSE bench_sibling(first_account, %(accounts)s) END AS account,
    bench_workspace(first_account) AS workspace,
    CASE WHEN lot < 90 THEN 'posted' WHEN lot < 95 THEN 'scheduled'
        WHEN lot < 97 THEN 'failed' WHEN lot < 99 THEN 'draft'
        ELSE 'cancelled' END AS status,
    bench_at(made) AS made_at,
    CASE WHEN lot IN (97, 98) THEN NULL
        WHEN lot BETWEEN 90 AND 94
        THEN bench_at(present + (1 + bench_dice(post, 89, 5)) * 86400000 + wait)
        ELSE bench_at(made + wait) END AS due_at,
    bench_id(5, post, made) AS post_id,
    bench_id(6, n, made) AS target_id,
    bench_id(7, n, made) AS step_id,
    'Post number ' || post || ': ' || left(repeat(md5(post::text), 4), 100) AS words
FROM dated;
"""

_POSTS = """
INSERT INTO social_media_post (id, content, first_comment, status, scheduled_time,
    late_policy, created_at, updated_at, author_id, workspace_id)
SELECT post_id, words, '', status, due_at, '', made_at,
    CASE WHEN lot < 97 AND (lot < 90 OR lot > 94) THEN due_at ELSE made_at END,
    bench_id(2, workspace, 1600000000000 + workspace),
    bench_id(1, workspace, 1600000000000 + workspace)
FROM bench_stage WHERE n = post;
"""

_TARGETS = """
INSERT INTO social_media_posttarget (id, options, status, due_at, tries, error_code,
    error_message, posted_at, remote_url, created_at, updated_at, account_id, post_id)
SELECT target_id, '{}', status, due_at, CASE WHEN status = 'failed' THEN 1 ELSE 0 END,
    CASE WHEN status = 'failed' THEN 'rejected' ELSE '' END,
    CASE WHEN status = 'failed' THEN 'The network refused it.' ELSE '' END,
    CASE WHEN status = 'posted' THEN due_at END,
    CASE WHEN status = 'posted' THEN 'https://server.example/posts/' || n ELSE '' END,
    made_at, CASE WHEN status IN ('posted', 'failed') THEN due_at ELSE made_at END,
    bench_id(4, account, 1600000000000 + account), post_id
FROM bench_stage;
"""

_STEPS = """
INSERT INTO social_media_publishstep (id, position, kind, idempotency_key, payload,
    checkpoint, remote_id, remote_url, remote_data, published_at, target_id)
SELECT step_id, 0, 'post', 'key' || n, jsonb_build_object('text', words), '{}',
    n::text, 'https://server.example/posts/' || n, '{}', due_at, target_id
FROM bench_stage WHERE status = 'posted';
"""

_ATTEMPTS = """
INSERT INTO social_media_publishattempt (id, position, token, payload, opened_at,
    give_up_at, closed_at, outcome, error_code, error_message, http_status, remote_id,
    target_id, step_id)
SELECT bench_id(8, n, made), 0, bench_id(9, n, made),
    jsonb_build_object('text', words), due_at, due_at + interval '20 s',
    due_at + interval '0.1 s', 'posted', '', '', 200, n::text, target_id, step_id
FROM bench_stage WHERE status = 'posted';
"""

_ACTIVITY = """
INSERT INTO social_media_activitylog (id, action, thing_type, thing_id, message,
    details, created_at, user_id, workspace_id)
SELECT bench_id(10, n, made),
    CASE status WHEN 'posted' THEN 'target.posted' WHEN 'failed' THEN 'target.failed'
        WHEN 'draft' THEN 'post.created' WHEN 'cancelled' THEN 'post.cancelled'
        ELSE 'post.scheduled' END,
    'posttarget', target_id, 'What was done, in words.', '{}', made_at,
    CASE WHEN status IN ('posted', 'failed') THEN NULL
        ELSE bench_id(2, workspace, 1600000000000 + workspace) END,
    bench_id(1, workspace, 1600000000000 + workspace)
FROM bench_stage;
"""

#: Filled side by side; each takes about as long as the other.
_LANES = ((_POSTS, _TARGETS), (_STEPS, _ATTEMPTS, _ACTIVITY))


def accounts_for(targets: int) -> int:
    """How many accounts an installation with so many targets has."""
    return max(FEWEST_ACCOUNTS, targets // TARGETS_PER_ACCOUNT)


def grow(database: str, *, before: int, to: int) -> None:
    """Fill the migrated database at this URL, which has `before` targets, to `to`."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_FUNCTIONS)
        _add_people(connection, accounts_for(before) if before else 0, accounts_for(to))
        stage = {"first": before + 1, "last": to, "accounts": accounts_for(to)}
        _run(connection, _STAGE, stage)
        with ThreadPoolExecutor(len(_LANES)) as lanes:
            list(lanes.map(lambda lane: _fill(database, lane), _LANES))
        connection.execute("DROP TABLE bench_stage")
        connection.execute("VACUUM ANALYZE")


def _add_people(connection: psycopg.Connection, before: int, to: int) -> None:
    if to <= before:
        return
    numbers = {
        "first_account": before,
        "last_account": to - 1,
        "first_workspace": before // 5 + 1 if before else 0,
        "last_workspace": (to - 1) // 5 + 1,
    }
    _run(connection, _PEOPLE, numbers)


def _fill(database: str, lane: Sequence[str]) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        # The rows fit each other as they are made; a million looks prove nothing.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for statement in lane:
            connection.execute(statement)


def _run(connection: psycopg.Connection, script: str, values: dict[str, int]) -> None:
    """Several statements at once, which parameters of the server can't do."""
    psycopg.ClientCursor(connection).execute(script, values)
