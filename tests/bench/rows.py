"""Accounts and posts of a benchmark: a process with the installation's environment.

`python -m tests.bench.rows accounts '{...}'` or `... posts '{...}'`: the arguments of
the function of that name as JSON; its answer is printed as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from accounts.models import Workspace  # noqa: E402
from social_media.enums import PostStatus, TargetStatus  # noqa: E402
from social_media.models import ConnectedAccount, Post, PostTarget  # noqa: E402
from social_media.oauth.profile import profile_of  # noqa: E402
from social_media.platforms.factory import strategy_for  # noqa: E402
from social_media.simulator.client import SimulatorClient  # noqa: E402
from tests.bench.plan import (  # noqa: E402
    NETWORKS,
    READY_SECONDS,
    label_of,
    text_of,
)

SIGN_INS = 16
AT_ONCE = 1000


def accounts(*, simulator: str, crowd: int, others: int) -> int:
    """Sign in accounts of all networks by turns and store them; answers how many.

    The first `crowd` share a workspace, each of the `others` has one of its own. The
    label of an account is its number, from 0 on.
    """
    with SimulatorClient(simulator) as networks:
        asked = [
            {"network": NETWORKS[n % len(NETWORKS)], "handle": f"bench{n}"}
            for n in range(crowd + others)
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


def posts(
    *, name: str, chosen: Mapping[str, Any], number: int, due: float, every: float = 0
) -> None:
    """Schedule `number` posts, one account each, by turns on the `chosen` accounts.

    `due`: seconds since the epoch at which the first is due; `every`: seconds between
    one and the next. Ends the process where the rows were not there in time.
    """
    targets = list(_targets(name, chosen_accounts(**chosen), number, due, every))
    with transaction.atomic():
        Post.objects.bulk_create((target.post for target in targets), AT_ONCE)
        PostTarget.objects.bulk_create(targets, AT_ONCE)
    with connection.cursor() as cursor:  # as autovacuum would have, long before
        cursor.execute("ANALYZE social_media_post, social_media_posttarget")
    if time.time() > due - READY_SECONDS:
        late = time.time() - due + READY_SECONDS
        sys.exit(f"Writing the posts took {late:.1f} s too long.")


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


def _targets(
    name: str,
    accounts: Sequence[ConnectedAccount],
    number: int,
    due: float,
    every: float,
) -> Iterator[PostTarget]:
    for n in range(number):
        account = accounts[n % len(accounts)]
        at = datetime.fromtimestamp(due, UTC) + timedelta(seconds=every * n)
        post = Post(
            workspace_id=account.workspace_id,
            content=text_of(name, n),
            status=PostStatus.SCHEDULED,
            scheduled_time=at,
        )
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


COMMANDS: Mapping[str, Callable[..., object]] = {"accounts": accounts, "posts": posts}


if __name__ == "__main__":
    command, given = sys.argv[1:]
    sys.stdout.write(json.dumps(COMMANDS[command](**json.loads(given))))
