"""The process that writes accounts, posts and API keys (child.py)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from accounts.models import ApiKey, Membership, User, Workspace  # noqa: E402
from accounts.roles import KEY_SCOPES, Role  # noqa: E402
from social_media.enums import PostStatus, TargetStatus  # noqa: E402
from social_media.models import ConnectedAccount, Post, PostTarget  # noqa: E402
from social_media.oauth.profile import profile_of  # noqa: E402
from social_media.platforms.factory import strategy_for  # noqa: E402
from social_media.simulator.client import SimulatorClient  # noqa: E402
from tests.bench.child import obey  # noqa: E402
from tests.bench.plan import (  # noqa: E402
    NETWORKS,
    READY_SECONDS,
    label_of,
    text_of,
)

#: At once; each waits for its network most of the time.
SIGN_INS = 50
AT_ONCE = 1000


def accounts(
    *, simulator: str, crowd: int, others: int, special: Mapping[str, Any]
) -> int:
    """Sign in accounts of all networks by turns and store them; answers how many.

    The first `crowd` share a workspace, each of the `others` has one of its own. The
    label of an account is its number, from 0 on. `special`: options of accounts, by
    network (SimulatorClient).
    """
    with SimulatorClient(simulator) as networks:
        turns = list(islice(cycle(NETWORKS), crowd + others))
        asked = [
            {"network": network, "handle": f"bench{n}", **special.get(network, {})}
            for n, network in enumerate(turns)
        ]
        made = networks.accounts(asked)
    with ThreadPoolExecutor(SIGN_INS) as threads:
        rows = list(threads.map(_signed_in, made))
    shared, *own = Workspace.objects.bulk_create(
        Workspace(name=f"Workspace {n}") for n in range(1 + others)
    )
    for n, row in enumerate(rows):
        row.label = label_of(n)
        row.workspace = shared if n < crowd else own[n - crowd]
    ConnectedAccount.objects.bulk_create(rows, AT_ONCE)
    return len(rows)


def posts(*, batches: Sequence[Mapping[str, Any]], due: float) -> bool:
    """Schedule batches of posts that begin at `due`, seconds since the epoch.

    Answers whether they were written in time; if not, none of them is.
    """
    with transaction.atomic():
        for batch in batches:
            _write(due=due, **batch)
        in_time = time.time() < due - READY_SECONDS
        transaction.set_rollback(not in_time)
    with connection.cursor() as cursor:  # as autovacuum would have, long before
        cursor.execute("ANALYZE social_media_post, social_media_posttarget")
    return in_time


def _write(
    *,
    name: str,
    chosen: Mapping[str, Any],
    number: int,
    due: float,
    every: float = 0,
    each: int = 1,
) -> None:
    """`number` posts by turns on the `chosen` accounts, on `each` of them at a time;
    one is due `every` so many seconds.
    """
    turns = cycle(chosen_accounts(**chosen))
    first, step = datetime.fromtimestamp(due, UTC), timedelta(seconds=every)
    targets = [
        target
        for n in range(number)
        for target in _post(
            text_of(name, n), list(islice(turns, each)), first + n * step
        )
    ]
    written = {target.post.pk: target.post for target in targets}
    Post.objects.bulk_create(written.values(), AT_ONCE)
    PostTarget.objects.bulk_create(targets, AT_ONCE)


def chosen_accounts(
    *, first: int, number: int, networks: Sequence[str] = NETWORKS
) -> list[ConnectedAccount]:
    """Accounts with these numbers that are on one of these networks, in order."""
    rows = ConnectedAccount.objects.filter(
        label__gte=label_of(first),
        label__lt=label_of(first + number),
        platform__in=networks,
    )
    return list(rows.order_by("label"))


def keys(*, number: int) -> list[str]:
    """API keys for everything, of the first account's workspace."""
    workspace = chosen_accounts(first=0, number=1)[0].workspace
    user = User.objects.create_user("bench@example.org", "a long pass phrase")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    issued = [
        ApiKey.objects.issue(
            workspace=workspace, created_by=user, name=f"Key {n}", scopes=KEY_SCOPES
        )
        for n in range(number)
    ]
    return [plain for _, plain in issued]


def _post(
    text: str, accounts: Iterable[ConnectedAccount], at: datetime
) -> Iterator[PostTarget]:
    """The targets of one post."""
    on = list(accounts)
    post = Post(
        workspace_id=on[0].workspace_id,
        content=text,
        status=PostStatus.SCHEDULED,
        scheduled_time=at,
    )
    for account in on:
        yield PostTarget(
            post=post, account=account, status=TargetStatus.SCHEDULED, due_at=at
        )


def _signed_in(made: Mapping[str, Any]) -> ConnectedAccount:
    """A row as connecting the account would make it, workspace and label apart."""
    identity = strategy_for(made["network"]).verify(made["credentials"])
    return ConnectedAccount(
        platform=made["network"],
        server=identity.server,
        remote_id=identity.remote_id,
        secrets=dict(identity.session.secrets),
        token_expires_at=identity.session.expires_at,
        settings=dict(identity.settings),
        **profile_of(identity),
    )


if __name__ == "__main__":
    obey(accounts, posts, keys)
