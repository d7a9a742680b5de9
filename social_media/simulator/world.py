"""All accounts, tokens, posts and uploads: one set of tables, changed by events only.

Everything runs on one event loop and no method awaits, so each call is atomic.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from social_media.simulator.intake import Intake
from social_media.simulator.journal import Journal
from social_media.simulator.records import Account, Post, Token
from social_media.simulator.uploads import Uploads

Event = dict[str, Any]
#: What makes two posts the same one to a reader: account, text, what they answer, and
#: the SHA-256 of their media.
Signature = tuple[str, str, str, str | None, tuple[str, ...]]


class World:
    """The simulator's memory. `version` changes with every event."""

    def __init__(
        self, journal: Journal | None = None, intake: Intake | None = None
    ) -> None:
        self._journal = journal
        self.uploads = Uploads(self._commit, intake or Intake())
        self.version = 0
        #: Changes when everything is forgotten: late answers of before are void.
        self.generation = 0
        self._apply: dict[str, Callable[[Event], None]] = {
            "account": self._apply_account,
            "token": self._apply_token,
            "replace": self._apply_replace,
            "revoke": self._apply_revoke,
            "post": self._apply_post,
            "edit": self._apply_edit,
            "delete": self._apply_delete,
            "record": self._apply_record,
            **self.uploads.events(),
        }
        self._forget()
        for event in journal.events() if journal else ():
            self._apply[event["event"]](event)
        self.uploads.sweep()

    def _forget(self) -> None:
        self.accounts: dict[tuple[str, str], Account] = {}
        self._handles: dict[tuple[str, str], Account] = {}
        self.tokens: dict[tuple[str, str], Token] = {}
        self._posts: dict[tuple[str, str], Post] = {}
        self._by_account: dict[tuple[str, str], list[Post]] = defaultdict(list)
        self._replies: dict[tuple[str, str], list[Post]] = defaultdict(list)
        self._signatures: Counter[Signature] = Counter()
        self._texts: Counter[tuple[str, str, str]] = Counter()
        self._keys: dict[tuple[str, str, str], tuple[str, float]] = {}
        self._records: dict[tuple[str, str], dict[str, Any]] = {}
        self.refused_duplicates: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget everything, in the file too."""
        self._forget()
        self.uploads.forget_all()
        self.uploads.intake.clear()
        self.version += 1
        self.generation += 1
        if self._journal:
            self._journal.clear()

    def _commit(self, event: str, **data: Any) -> None:
        record = {"event": event, **data}
        if self._journal:
            self._journal.append(record)
        self._apply[event](record)
        self.version += 1

    # Accounts and tokens

    def add_account(self, account: Account) -> Account:
        self._commit("account", **asdict(account))
        return self.accounts[account.network, account.id]

    def account_by_handle(self, network: str, handle: str) -> Account | None:
        return self._handles.get((network, handle.casefold()))

    def add_token(self, token: Token) -> Token:
        self._commit("token", **asdict(token))
        return token

    def token(self, network: str, value: str) -> Token | None:
        return self.tokens.get((network, value))

    def owner(self, token: Token) -> Account:
        return self.accounts[token.network, token.account_id]

    def replace_token(self, old: Token, new: Token, *, valid_until: float) -> Token:
        """Hand out `new` for `old`, which stays valid until `valid_until`."""
        self.add_token(new)
        self._commit(
            "replace",
            network=old.network,
            value=old.value,
            replaced_by=new.value,
            expires_at=valid_until,
        )
        return new

    def revoke_chain(self, token: Token) -> None:
        """Every token of the same sign-in is dead from now on."""
        self._commit("revoke", network=token.network, chain=token.chain)

    def _apply_account(self, event: Event) -> None:
        account = Account(**_fields(event))
        self.accounts[account.network, account.id] = account
        self._handles[account.network, account.handle.casefold()] = account

    def _apply_token(self, event: Event) -> None:
        token = Token(**_fields(event))
        self.tokens[token.network, token.value] = token

    def _apply_replace(self, event: Event) -> None:
        token = self.tokens[event["network"], event["value"]]
        token.replaced_by = event["replaced_by"]
        token.expires_at = event["expires_at"]

    def _apply_revoke(self, event: Event) -> None:
        for token in self.tokens.values():
            if (token.network, token.chain) == (event["network"], event["chain"]):
                token.revoked = True

    # Posts

    def add_post(self, post: Post, *, key: str = "") -> Post:
        """Make `post` visible. `key`: the client's idempotency key, if it gave one."""
        self._commit("post", key=key, **asdict(post))
        return self._posts[post.network, post.id]

    def edit_post(self, post: Post, *, text: str, data: dict[str, Any]) -> None:
        self._commit("edit", network=post.network, id=post.id, text=text, data=data)

    def delete_post(self, post: Post) -> None:
        self._commit("delete", network=post.network, id=post.id)

    def post(self, network: str, post_id: str) -> Post | None:
        return self._posts.get((network, post_id))

    def post_by_key(self, account: Account, key: str, *, since: float) -> Post | None:
        """The post made with this idempotency key, unless that was before `since`."""
        post_id, made = self._keys.get((account.network, account.id, key), ("", 0.0))
        return self.post(account.network, post_id) if made >= since else None

    def posts(self, network: str = "", handle: str = "") -> Iterator[Post]:
        """All posts, oldest first, of one network and one account if named."""
        for post in self._posts.values():
            if network in ("", post.network) and handle in ("", post.account):
                yield post

    def posts_of(self, account: Account) -> list[Post]:
        """The account's posts, oldest first."""
        return self._by_account[account.network, account.id]

    def replies_to(self, post: Post) -> list[Post]:
        return self._replies[post.network, post.id]

    def has_text(self, account: Account, text: str) -> bool:
        return self._texts[account.network, account.id, text] > 0

    def is_doubled(self, post: Post) -> bool:
        """Whether a reader would see this post more than once."""
        return self._signatures[_signature(post)] > 1

    def count(self, network: str = "") -> tuple[int, int]:
        """How many posts there are, and how many of them are one too many."""
        counts = [
            number
            for signature, number in self._signatures.items()
            if network in ("", signature[0])
        ]
        return sum(counts), sum(number - 1 for number in counts)

    def _apply_post(self, event: Event) -> None:
        key = event["key"]
        post = Post(**_fields(event, "key"))
        self._posts[post.network, post.id] = post
        self._by_account[post.network, post.account_id].append(post)
        if post.reply_to:
            self._replies[post.network, post.reply_to].append(post)
        self._tally(post, 1)
        if key:
            owner = (post.network, post.account_id, key)
            self._keys[owner] = (post.id, post.created_at)

    def _apply_edit(self, event: Event) -> None:
        post = self._posts[event["network"], event["id"]]
        self._tally(post, -1)
        post.text, post.data, post.edits = event["text"], event["data"], post.edits + 1
        self._tally(post, 1)

    def _apply_delete(self, event: Event) -> None:
        post = self._posts.pop((event["network"], event["id"]))
        self._by_account[post.network, post.account_id].remove(post)
        if post.reply_to:
            self._replies[post.network, post.reply_to].remove(post)
        self._tally(post, -1)

    def _tally(self, post: Post, change: int) -> None:
        _add(self._signatures, _signature(post), change)
        _add(self._texts, (post.network, post.account_id, post.text), change)

    # Records that are not posts (a Bluesky threadgate)

    def record(self, network: str, uri: str) -> dict[str, Any] | None:
        return self._records.get((network, uri))

    def records_under(self, network: str, prefix: str) -> dict[str, dict[str, Any]]:
        """Records whose URI starts with `prefix`, by the rest of their URI."""
        return {
            uri.removeprefix(prefix): value
            for (owner, uri), value in self._records.items()
            if owner == network and uri.startswith(prefix)
        }

    def put_record(self, network: str, uri: str, value: dict[str, Any] | None) -> None:
        """Store `value` under `uri`; None deletes it."""
        self._commit("record", network=network, uri=uri, value=value)

    def _apply_record(self, event: Event) -> None:
        key = (event["network"], event["uri"])
        self._records.pop(key, None)
        if event["value"] is not None:
            self._records[key] = event["value"]

    def refuse_duplicate(self, network: str) -> None:
        """Count a post that the network turned away as a duplicate."""
        self.refused_duplicates[network] += 1
        self.version += 1


def now() -> float:
    return time.time()


def _fields(event: Event, *extra: str) -> Event:
    return {key: value for key, value in event.items() if key not in {"event", *extra}}


def _add(counter: Counter[Any], name: Any, change: int) -> None:
    counter[name] += change
    if not counter[name]:
        del counter[name]


def _signature(post: Post) -> Signature:
    media = tuple(each["sha256"] for each in post.data.get("media", ()))
    return post.network, post.account_id, post.text, post.reply_to, media
