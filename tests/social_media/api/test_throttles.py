"""How often a caller may call."""

from __future__ import annotations

import uuid
from ipaddress import IPv6Address

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisGone
from rest_framework.test import APIClient

from social_media.api.v1.throttles import AnonThrottle, CallerThrottle, SignInThrottle
from tests.factories import PASSWORD
from tests.social_media.api.callers import client_with, error_of, make_person

pytestmark = pytest.mark.django_db

RATES = {"anon": "3/min", "user": "2/min", "sign_in": "2/min"}
THROTTLED = (429, "throttled")


@pytest.fixture(autouse=True)
def rates(monkeypatch):
    for throttle in (AnonThrottle, CallerThrottle, SignInThrottle):
        monkeypatch.setattr(throttle, "THROTTLE_RATES", RATES)


def address() -> str:
    """One that no other test, now or a minute ago, has called from."""
    return str(IPv6Address(uuid.uuid4().int))


def sign_in(client, email="ada@example.org", **extra):
    given = {"email": email, "password": PASSWORD}
    return client.post("/api/v1/auth/login", given, **extra)


def test_passwords_are_guessed_slowly_from_one_address():
    make_person(email="ada@example.org")
    client = APIClient(REMOTE_ADDR=address())

    answers = [sign_in(client).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert error_of(sign_in(client)) == THROTTLED
    joined = client.post("/api/v1/auth/register", {})
    assert error_of(joined) == THROTTLED
    assert sign_in(APIClient(REMOTE_ADDR=address())).status_code == 200


def test_a_claimed_address_does_not_help():
    client = APIClient(REMOTE_ADDR=address())

    for n in range(2):
        sign_in(client, headers={"X-Forwarded-For": f"198.51.100.{n}"})

    answer = sign_in(client, headers={"X-Forwarded-For": "198.51.100.99"})
    assert error_of(answer) == THROTTLED


def test_calls_without_a_sign_in_are_counted_by_address():
    client = APIClient(REMOTE_ADDR=address())

    codes = [
        client.post("/api/v1/auth/refresh", {"refresh": "x"}).status_code
        for _ in range(4)
    ]

    assert codes == [401, 401, 401, 429]


def test_a_person_and_each_of_their_keys_count_for_themselves(team):
    clients = [
        team.client("owner"),
        client_with(team.key()),
        client_with(team.key()),
    ]

    codes = [
        [client.get("/api/v1/activity").status_code for _ in range(3)]
        for client in clients
    ]

    assert codes == [[200, 200, 429]] * 3


def test_without_the_counter_the_api_goes_on(team, monkeypatch):
    make_person(email="ada@example.org")

    def gone(*_args, **_kwargs):
        raise RedisGone

    monkeypatch.setattr(type(cache._connections[cache._alias]), "get", gone)

    assert sign_in(APIClient()).status_code == 200
    assert team.client("owner").get("/api/v1/activity").status_code == 200
