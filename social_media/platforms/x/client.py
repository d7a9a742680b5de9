"""tweepy's client on our own transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
import tweepy

from social_media.platforms.base import Credentials
from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport import classify, requests_session

#: The one call that makes something visible.
CREATE = ("POST", "/2/tweets")


class XClient(tweepy.Client):  # type: ignore[misc]
    """Every method gives back the bare response, whatever its status.

    tweepy's own `request` has its host built in, no timeout, writes the Authorization
    header into the log at DEBUG, may sleep on a rate limit, and its errors break on
    bodies that aren't what it expects: answers.py reads them instead.
    """

    def __init__(self, credentials: Credentials, config: NetworkConfig) -> None:
        secrets = credentials.secrets
        super().__init__(
            bearer_token=secrets.get("access_token"),
            consumer_key=config.app.get("consumer_key"),
            consumer_secret=config.app.get("consumer_secret"),
            access_token=secrets.get("access_token"),
            access_token_secret=secrets.get("access_token_secret"),
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        self.session = requests_session(config)
        self.host = config.api_url
        #: OAuth 1.0a for accounts that have its token secret, else OAuth 2.0.
        self.signs = bool(secrets.get("access_token_secret"))

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = False,
    ) -> requests.Response:
        """One call. Raises only what `classify` makes of a broken connection."""
        headers = {"User-Agent": self.user_agent}
        auth = self._signature() if user_auth else None
        if not user_auth:
            headers["Authorization"] = f"Bearer {self.bearer_token}"
        try:
            return self.session.request(
                method,
                self.host + route,
                params=params,
                json=json,
                headers=headers,
                auth=auth,
            )
        except Exception as error:
            raise classify(error, visible=(method, route) == CREATE) from error

    def authorization(self, method: str, url: str) -> str:
        """The Authorization header of a call that goes another way.

        OAuth 1.0a signs the method, the address and its query: of the bodies only
        those of plain forms, never a multipart one.
        """
        if not self.signs:
            return f"Bearer {self.bearer_token}"
        prepared = requests.Request(method, url, auth=self._signature()).prepare()
        return prepared.headers["Authorization"]

    def _signature(self) -> Any:
        return tweepy.OAuth1UserHandler(
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
        ).apply_auth()
