"""Everybody who may knock at the API: the roles, a stranger, programs, nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from accounts.models import ApiKey, User, Workspace
from accounts.roles import KEY_SCOPES, Role
from accounts.tokens import issue_tokens
from tests.factories import (
    ApiKeyFactory,
    MembershipFactory,
    UserFactory,
    WorkspaceFactory,
)


def client_of(user: User, **headers: str) -> APIClient:
    """Calls with a real access token of `user`."""
    token = issue_tokens(user).access
    return APIClient(headers={"Authorization": f"Bearer {token}", **headers})


def client_with(key: ApiKey) -> APIClient:
    """Calls with an API key made by the factory."""
    return APIClient(headers={"Authorization": f"Api-Key {key.plain}"})


def error_of(answer: Any) -> tuple[int, str]:
    """The status and code of an error, whose shape is checked on the way."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) - {"fields"} == {"code", "message"}
    assert ("fields" in body["error"]) == (body["error"]["code"] == "invalid")
    return answer.status_code, body["error"]["code"]


def fields_of(answer: Any) -> dict[str, list[str]]:
    """Codes by path of a 400."""
    assert answer.status_code == 400, answer.content
    fields = answer.json()["error"]["fields"]
    return {path: [one["code"] for one in found] for path, found in fields.items()}


@dataclass(frozen=True)
class Team:
    """A workspace with one member of each role; `stranger` owns another one."""

    workspace: Workspace
    people: dict[str, User]

    def client(self, name: str) -> APIClient:
        """Of a role, "stranger" or "nobody"."""
        return APIClient() if name == "nobody" else client_of(self.people[name])

    def key(self, scopes: Iterable[str] = KEY_SCOPES, **given: Any) -> ApiKey:
        """A key of this workspace, by the owner unless `created_by` is given."""
        given.setdefault("created_by", self.people["owner"])
        return ApiKeyFactory(workspace=self.workspace, scopes=sorted(scopes), **given)

    def statuses(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, int]:
        """What each of them, and a key with every scope, is answered."""
        clients = {name: self.client(name) for name in [*self.people, "nobody"]}
        clients["key"] = client_with(self.key())
        clients["key without scope"] = client_with(self.key(["no.such"]))
        return {
            name: getattr(client, method)(path, body, format="json").status_code
            for name, client in clients.items()
        }


def make_team() -> Team:
    """See Team."""
    workspace = WorkspaceFactory()
    people = {
        role.value: MembershipFactory(workspace=workspace, role=role).user
        for role in Role
    }
    people["stranger"] = MembershipFactory().user
    return Team(workspace=workspace, people=people)


def make_person(**given: Any) -> User:
    """Somebody without any workspace."""
    return UserFactory(**given)
