"""X keeps the contract of all networks."""

from __future__ import annotations

from typing import Any, ClassVar

from social_media.enums import Platform
from tests.social_media.platforms.contract import StrategyContract


class TestXContract(StrategyContract):
    platform = Platform.X
    image_calls = 4  # initialize, append, finalize, metadata
    video_calls = 3
    options: ClassVar[dict[str, Any]] = {"reply_settings": "following"}
    bad_options: ClassVar[dict[str, Any]] = {"reply_settings": "nobody"}
