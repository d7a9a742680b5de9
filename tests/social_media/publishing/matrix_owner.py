"""What a network makes the owner of an account do, and the owner who does it."""

from __future__ import annotations

from collections.abc import Iterable

from social_media.enums import AccountStatus, Instant, TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.oauth.connect import connect
from social_media.oauth.standing import resume
from social_media.posts.resolve import resolve_live
from social_media.posts.schedule import retry
from social_media.simulator.client import SimulatorClient
from tests.social_media.publishing.matrix import LOOKUP, PUBLISH, UPLOAD, Cell

RECONNECT, RESUME, RETRY, DECIDE = "reconnect", "resume", "retry", "decide"

#: By network, fault and call. Nobody is asked in any other cell: those recover alone.
ASKED: dict[tuple[str, str, str], str] = {
    # These tokens can't be renewed.
    ("mastodon", "expired_token", PUBLISH): RECONNECT,
    ("mastodon", "expired_token", LOOKUP): RECONNECT,
    ("fediverse", "expired_token", PUBLISH): RECONNECT,
    ("fediverse", "expired_token", LOOKUP): RECONNECT,
    ("mastodon", "expired_token", UPLOAD): RECONNECT,
    ("fediverse", "expired_token", UPLOAD): RECONNECT,
    # Bluesky says 403 of accounts, the others of what is posted.
    ("bluesky", "forbidden", PUBLISH): RESUME,
    ("bluesky", "forbidden", LOOKUP): RESUME,
    ("bluesky", "forbidden", UPLOAD): RESUME,
    ("x", "forbidden", PUBLISH): RETRY,
    ("x", "forbidden", UPLOAD): RETRY,
    ("mastodon", "forbidden", PUBLISH): RETRY,
    ("fediverse", "forbidden", PUBLISH): RETRY,
    # A look-up that is not allowed (X: by the plan of the app) tells nothing, and
    # these have no key: the one way to `unconfirmed`. Mastodon has: it repeats.
    ("x", "forbidden", LOOKUP): DECIDE,
    ("fediverse", "forbidden", LOOKUP): DECIDE,
}

#: A process that is killed here takes the answer of this call with it.
_UNREAD = {
    PUBLISH: {Instant.NETWORK_ACCEPTED, Instant.ANSWERED},
    LOOKUP: {Instant.LOOKED_UP},
}


def asked_of_owner(cell: Cell, *, killed: bool) -> list[str]:
    """What the owner has to do in `cell`, where the process is `killed` or lives on."""
    if killed and cell.instant in _UNREAD.get(cell.on, ()):
        return []
    wanted = ASKED.get((cell.network, cell.fault, cell.on))
    if cell.on == UPLOAD and cell.ahead:
        return []  # by the post's time, when it is tried again, all is well
    return [wanted] if wanted else []


class Owner:
    """Does what the rows ask for, through what the edges call; remembers it."""

    def __init__(
        self, simulator: SimulatorClient, cell: Cell, account: ConnectedAccount
    ) -> None:
        self._simulator, self._cell, self._account = simulator, cell, account
        self.did: list[str] = []

    def act(self, targets: Iterable[PostTarget]) -> None:
        """Look at account and targets, and do what they wait for."""
        self._account.refresh_from_db()
        if self._account.status == AccountStatus.NEEDS_REAUTH:
            self._reconnect()
        if self._account.status == AccountStatus.PAUSED:
            self.did.append(RESUME)
            resume(self._account)
        for target in targets:
            target.refresh_from_db()
            if target.status == TargetStatus.FAILED:
                self.did.append(RETRY)
                retry(target.post, user=None)
            if target.status == TargetStatus.UNCONFIRMED:
                self._decide(target)

    def _reconnect(self) -> None:
        self.did.append(RECONNECT)
        given = self._simulator.account(self._cell.network, self._account.handle)
        workspace, platform = self._account.workspace, self._account.platform
        connect(workspace, platform=platform, given=given, user=None)

    def _decide(self, target: PostTarget) -> None:
        """Only an answer was lost: it is live, as a look at the network shows."""
        self.did.append(DECIDE)
        posts = self._simulator.posts(self._cell.network, self._account.handle)
        resolve_live(target, url=posts[-1]["url"], user=None)
