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
