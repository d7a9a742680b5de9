"""Calls to one server as one account, over Mastodon.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import requests
from mastodon import Mastodon, MastodonError
from requests.structures import CaseInsensitiveDict

from social_media.platforms.config import NetworkConfig
from social_media.platforms.mastodon.values import printable
from social_media.platforms.transport import (
    BodyTooLong,
    DeadlineExceeded,
    Redirected,
    classify,
    requests_session,
)

_USER_AGENT = "Stationmaster"
_LONGEST_WORDS = 300

#: What the transport raises without Mastodon.py around it.
_TRANSPORT = (requests.RequestException, Redirected, BodyTooLong, DeadlineExceeded)


#: By either library.
Answer = requests.Response | httpx.Response


class Refusal(Exception):
    """The server answered, but not with what was asked for.

    Args:
        status: the HTTP status; a 2xx whose body is something else included.
        words: the server's own, in one line, "" when it gave none.
        headers: of the answer.
    """

    def __init__(self, status: int, words: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.words = words
        self.headers = headers


class _Wire:
    """The session as Mastodon.py calls it; keeps the last answer for us to read.

    The library's exceptions say too little (no headers, no status on a 429), and some
    of what it does with an answer would lose a post that was made: a rate-limit header
    that it can't parse, or a deprecation notice where warnings are errors, raises after
    the server accepted. So it sees no headers at all; we pace and page ourselves.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self.answer: requests.Response | None = None
        self.redirect: Redirected | None = None
        self.headers: Mapping[str, str] = {}

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        self.answer = self.redirect = None
        try:
            answer = self._session.request(method, url, **options)
        except Redirected as redirect:
            self.redirect = redirect
            raise
        self.headers, answer.headers = answer.headers, CaseInsensitiveDict()
        self.answer = answer
        return answer


class Client:
    """One account's way to its server. Used by one thread, for a few calls."""

    def __init__(self, config: NetworkConfig, *, server: str, token: str) -> None:
        self._wire = _Wire(requests_session(config))
        self.server = server
        self._token = token
        self.api = Mastodon(
            api_base_url=server,
            session=self._wire,
            request_timeout=config.deadline,
            ratelimit_method="throw",  # the default sleeps in the worker
            # A given version keeps the library from asking for it: on servers whose
            # version it can't parse it would call itself for ever.
            version_check_mode="none",
            mastodon_version="3.5.5",
            user_agent=_USER_AGENT,
        )
        # Not by the constructor, which takes a token that names a file for that file.
        self.api.access_token = token

    def call(
        self, function: Callable[..., Any], *args: Any, visible: bool, **options: Any
    ) -> Any:
        """What a method of `api` gives back.

        Raises Refusal, or what `classify` makes of a broken connection; `visible` says
        whether the call makes something visible when it succeeds.
        """
        try:
            return function(*args, **options)
        except MastodonError as error:
            if self._wire.answer is not None:
                raise self.refusal(self._wire.answer) from error
            if self._wire.redirect is not None and not visible:
                raise Refusal(self._wire.redirect.status, "", {}) from error
            raise classify(error, visible=visible) from error

    @property
    def authorization(self) -> Mapping[str, str]:
        """The headers of a call that goes another way."""
        return {
            "Authorization": f"Bearer {self._token}",
            "User-Agent": _USER_AGENT,
        }

    def read(self, path: str) -> Mapping[str, Any]:
        """The JSON object at `path`. Raises as `ask`."""
        return self.ask(path)[1]

    def ask(self, path: str) -> tuple[int, Mapping[str, Any]]:
        """The status of a success, and the JSON object at `path`.

        Read without the library, which asks for `/api/v2/instance/` with a slash at
        the end: some servers have no such page. Raises Refusal (a redirect included)
        or Unavailable.
        """
        try:
            answer = self._wire.request(
                "GET", self.server + path, headers=self.authorization
            )
        except Redirected as error:
            raise Refusal(error.status, "", {}) from error
        except _TRANSPORT as error:
            raise classify(error, visible=False) from error
        found = json_of(answer)
        if not answer.ok or not isinstance(found, dict):
            raise self.refusal(answer)
        return answer.status_code, found

    def body(self) -> Any:
        """The last answer's JSON, before the library made objects of it."""
        return None if self._wire.answer is None else json_of(self._wire.answer)

    def refusal(self, answer: Answer) -> Refusal:
        """What `answer` says instead of what was asked for."""
        words = _words_in(json_of(answer)).replace(self._token, "…")
        # The wire keeps the headers of the library's answers from it.
        headers = answer.headers or self._wire.headers
        return Refusal(answer.status_code, words, headers)


def json_of(answer: Answer) -> Any:
    """The JSON of a body, None if it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def _words_in(body: Any) -> str:
    """What an error body says, in one printable line."""
    said = body.get("error") if isinstance(body, dict) else None
    return printable(said, longest=_LONGEST_WORDS)
