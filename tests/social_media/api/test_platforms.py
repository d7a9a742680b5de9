"""What each network can do, as data."""

from __future__ import annotations

import pytest

from social_media.enums import Platform
from tests.social_media.api.callers import error_of, fields_of

pytestmark = pytest.mark.django_db

PATH = "/api/v1/platforms"


def test_the_networks_are_the_same_for_whoever_is_signed_in(team):
    assert team.statuses("get", PATH) == {
        "owner": 200,
        "admin": 200,
        "editor": 200,
        "viewer": 200,
        "stranger": 200,
        "nobody": 401,
        "key": 200,
        "key without scope": 200,
    }


def test_every_network_is_listed(team):
    rows = team.client("viewer").get(PATH).json()

    assert [(row["platform"], row["label"]) for row in rows] == [
        ("x", "X"),
        ("bluesky", "Bluesky"),
        ("mastodon", "Mastodon"),
    ]
    assert [row["max_length"] for row in rows] == [280, 300, 500]
    assert rows[1]["max_bytes"] == 3000


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("platform", Platform.values)
def test_one_network_reads_as_in_the_list(team, platform, slash):
    client = team.client("viewer")

    one = client.get(f"{PATH}/{platform}{slash}").json()

    (same,) = [row for row in client.get(PATH).json() if row["platform"] == platform]
    assert one == same


def test_connecting_asks_for_what_the_network_needs(team):
    rows = team.client("viewer").get(PATH).json()

    fields = {
        row["platform"]: [
            (field["name"], field["required"], field["secret"])
            for field in row["connect_fields"]
        ]
        for row in rows
    }
    assert fields == {
        "x": [
            ("access_token", True, True),
            ("refresh_token", False, True),
            ("access_token_secret", False, True),
        ],
        "bluesky": [
            ("identifier", True, False),
            ("app_password", True, True),
            ("server", False, False),
        ],
        "mastodon": [("server", True, False), ("access_token", True, True)],
    }


def test_no_query_reads_the_networks(team, django_assert_num_queries):
    client = team.client("viewer")

    with django_assert_num_queries(1):  # the person
        client.get(PATH)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/x"])
def test_an_unknown_parameter(team, path):
    answer = team.client("viewer").get(f"{path}?platform=x")

    assert fields_of(answer) == {"platform": ["unknown_parameter"]}


@pytest.mark.parametrize("name", ["friendster", "X", "x%00"])
def test_an_unknown_network(team, name):
    answer = team.client("viewer").get(f"{PATH}/{name}")

    assert error_of(answer) == (404, "not_found")


def test_the_rules_for_media_are_data(team):
    x, bluesky, mastodon = team.client("viewer").get(PATH).json()

    assert [row["alt_text"] for row in (x, bluesky, mastodon)] == [True, True, True]
    assert x["media"] == {
        "max_images": 4,
        "max_videos": 1,
        "max_alt": 1000,
        "alt_on": ["image"],
        "image": {
            "types": ["image/jpeg", "image/png", "image/webp"],
            "max_bytes": 5_000_000,
            "max_width": None,
            "max_height": None,
            "max_pixels": None,
            "min_ratio": None,
            "max_ratio": None,
        },
        "gif": {
            "max_bytes": 15_000_000,
            "max_width": 1280,
            "max_height": 1080,
            "max_pixels": None,
            "max_frames": 350,
            "max_total_pixels": 300_000_000,
            "as_video": False,
        },
        "video": {
            "types": ["video/mp4"],
            "video_codecs": ["h264"],
            "audio_codecs": ["aac"],
            "max_bytes": 512_000_000,
            "min_duration": 0.5,
            "max_duration": 140.0,
            "min_side": 32,
            "max_long": 1280,
            "max_short": 1024,
            "max_pixels": None,
            "max_frame_rate": 60.0,
            "min_ratio": 1 / 3,
            "max_ratio": 3.0,
        },
    }
    assert bluesky["media"]["alt_on"] == ["image", "gif", "video"]
    assert bluesky["media"]["gif"]["as_video"] is True
    assert mastodon["media"]["gif"]["max_pixels"] == 921_600
