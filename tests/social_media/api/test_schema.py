"""The API describes itself, completely and without a warning."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from social_media.enums import Platform
from social_media.platforms.factory import strategy_for


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(public=True)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_valid_and_warns_of_nothing():
    GENERATOR_STATS.reset()
    written = io.StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)

    assert written.getvalue().startswith("openapi: 3.")


def test_paths_have_no_slash_at_the_end(schema):
    assert [path for path in schema["paths"] if path.endswith("/")] == []
    assert {path[:8] for path in schema["paths"]} == {"/api/v1/"}


def test_every_error_has_the_one_shape(schema):
    shapes = {
        answer["content"]["application/json"]["schema"]["$ref"]
        for _, _, operation in operations(schema)
        for code, answer in operation["responses"].items()
        if code >= "400"
    }

    assert shapes == {"#/components/schemas/Error"}
    error = schema["components"]["schemas"]["Error"]["properties"]["error"]
    assert set(error["properties"]) == {"code", "message", "fields"}


def test_only_signing_in_takes_no_sign_in(schema):
    opened = {
        path
        for path, _, operation in operations(schema)
        if {} in operation.get("security", [{}])
    }

    assert opened == {
        f"/api/v1/auth/{name}" for name in ("register", "login", "logout", "refresh")
    }


def test_both_ways_to_sign_in_are_described(schema):
    schemes = schema["components"]["securitySchemes"]

    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "token": "http",
        "apiKey": "apiKey",
    }


def headers(schema, path, method):
    operation = schema["paths"][path][method]
    return {
        parameter["name"]
        for parameter in operation["parameters"]
        if parameter["in"] == "header"
    }


def test_headers_are_described_where_they_are_read(schema):
    assert headers(schema, "/api/v1/activity", "get") == {"X-Workspace"}
    assert headers(schema, "/api/v1/api-keys", "post") == {
        "X-Workspace",
        "Idempotency-Key",
    }


def test_every_operation_has_a_summary_of_its_own(schema):
    summaries = [operation["summary"] for _, _, operation in operations(schema)]

    assert [one for one in summaries if not one or len(one) > 80] == []
    assert len(set(summaries)) == len(summaries)


def test_reads_and_writes_say_what_they_may_answer(schema):
    def errors(method, path):
        answers = schema["paths"][f"/api/v1/{path}"][method]["responses"]
        return sorted(code for code in answers if code >= "400")

    every = ["400", "401", "403", "404"]
    assert errors("get", "posts/{id}") == [*every, "429"]
    assert errors("post", "posts/validate") == [*every, "413", "415", "429"]
    assert errors("post", "posts/{id}/retry") == [*every, "409", "413", "415", "429"]
    assert errors("delete", "posts/{id}") == [*every, "409", "429"]
    connect = errors("post", "accounts/connect/{platform}")
    assert connect == [*every, "413", "415", "429", "503"]
    check = errors("post", "accounts/{id}/check")
    assert check == [*every, "409", "413", "415", "429", "503"]


def test_connecting_is_described_with_the_fields_of_every_network(schema):
    body = schema["paths"]["/api/v1/accounts/connect/{platform}"]["post"]["requestBody"]
    described = body["content"]["application/json"]
    name = described["schema"]["$ref"].rpartition("/")[2]
    fields = schema["components"]["schemas"][name]["properties"]
    asked = {
        platform.label: strategy_for(platform).capabilities().connect_fields
        for platform in Platform
    }

    assert set(fields) == {one["name"] for each in asked.values() for one in each}
    assert fields["access_token"]["description"] == (
        "X: Access token. Mastodon: Access token."
    )
    for label, example in described["examples"].items():
        needed = {one["name"] for one in asked[label] if one["required"]}
        known = {one["name"] for one in asked[label]}
        assert needed <= set(example["value"]) <= known


@pytest.mark.parametrize("path", ["/api/schema", "/api/schema/"])
@pytest.mark.django_db
def test_anybody_reads_it(path):
    answer = APIClient().get(path, HTTP_ACCEPT="application/vnd.oai.openapi+json")

    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Stationmaster"


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
@pytest.mark.django_db
def test_swagger_comes_from_this_server(path):
    page = APIClient().get(path)

    assert page.status_code == 200
    text = page.content.decode()
    assert "static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<script>" not in text
    assert "<style" not in text
    script = APIClient().get(f"{path}?script=")
    assert script.status_code == 200
    assert b"/api/schema" in script.content


@pytest.mark.django_db
def test_the_root_leads_to_the_docs(client):
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")


def test_an_export_names_what_it_takes(schema):
    operation = schema["paths"]["/api/v1/posts/export"]["get"]
    listed = schema["paths"]["/api/v1/posts"]["get"]
    names, of_list = (
        {one["name"] for one in found["parameters"]} for found in (operation, listed)
    )
    assert names == of_list - {"ordering", "page", "page_size"} | {"file_format"}
