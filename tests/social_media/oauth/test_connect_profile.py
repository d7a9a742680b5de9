"""What a server says of an account is stored only as far as it can be."""

from __future__ import annotations

from social_media.oauth.profile import profile_of
from social_media.platforms.base import Identity, Session


def test_texts_that_no_column_holds():
    identity = Identity(
        remote_id="1",
        handle="a\x00da" + "a" * 300,
        session=Session(secrets={}),
        display_name="Ada \ud800Lovelace",
        avatar_url="https://x.example/" + "a" * 1000,
        scopes=("read",),
    )
    assert profile_of(identity) == {
        "handle": "ada" + "a" * 252,
        "display_name": "Ada Lovelace",
        "avatar_url": "",
        "scopes": ["read"],
    }
