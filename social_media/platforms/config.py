"""What an operator can set about a network (config/settings.py, NETWORKS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Addresses, times and limits of one network.

    Args:
        api_url: base URL of its API; for networks with many servers the default one.
        web_url: base URL of the pages that people read; "" where each server has one.
        connect_timeout: seconds to reach the server, TLS included.
        deadline: seconds that one call may take in all.
        upload_deadline: seconds that one upload may take in all; meanwhile `deadline`
            is how long nothing may move.
        video_url: base URL for videos where the network has one of its own, else "".
        settle: how long a timed-out create may still appear.
        allow_private_hosts: development only: servers on private addresses are fine.
        limits: the network's limits by name, each a default of docs or an override.
        app: keys of our own app there (client_id, client_secret, ...).
    """

    api_url: str
    web_url: str = ""
    connect_timeout: float = 5.0
    deadline: float = 20.0
    upload_deadline: float = 1800.0
    video_url: str = ""
    settle: timedelta = timedelta(seconds=60)
    allow_private_hosts: bool = False
    limits: Mapping[str, Any] = field(default_factory=dict)
    app: Mapping[str, str] = field(default_factory=dict, repr=False)
