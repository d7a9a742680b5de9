"""`Idempotency-Key`: a creating call that is sent again gets its first answer."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import Caller, NoWorkspace
from social_media.api.v1.errors import Conflict, Unprocessable
from social_media.api.v1.permissions import HasCaller
from social_media.models import StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_MAX = 255
#: How long a second call waits for the first before it is told to come back.
_WAIT_MS = 1000

H = TypeVar("H", bound=Callable[..., Response])
T = TypeVar("T")


def idempotent(*, secret: Iterable[str] = ()) -> Callable[[H], H]:
    """Decorate a handler that creates something, in the database only.

    The answer is stored in one transaction with the creation, so a crash leaves
    neither; errors are not stored. Fields named in `secret` are stored as null.
    """
    hidden = frozenset(secret)

    def decorate(handler: H) -> H:
        @wraps(handler)
        def once(view: HasCaller, request: Request, **kwargs: Any) -> Response:
            key = request.headers.get(HEADER)
            caller = _caller(view) if key is not None else None
            if key is None or caller is None:
                return handler(view, request, **kwargs)
            _check(key)
            with transaction.atomic():
                kept, fresh = _reserve(caller, key, _fingerprint(request))
                if not fresh:
                    return _replay(kept, _fingerprint(request))
                answer = handler(view, request, **kwargs)
                _keep(kept, answer, hidden)
                return answer

        once.__dict__["idempotent"] = True
        return cast("H", once)

    return decorate


def in_two_steps(
    caller: Caller,
    request: Request,
    *,
    fingerprint: str,
    prepare: Callable[[], AbstractContextManager[T]],
    act: Callable[[T], Response],
) -> Response:
    """As `idempotent`, for what can't all be done in one transaction.

    `prepare` works outside of it, and not at all where an answer is kept; what it
    yields is for `act`, which works inside. `fingerprint` is of the body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with prepare() as prepared:
            return act(prepared)
    _check(key)
    call = _of_call(request, fingerprint)
    kept = StoredAnswer.objects.filter(
        workspace=caller.workspace, caller=_id_of(caller), key=key
    ).first()
    if kept is not None:
        return _replay(kept, call)
    with prepare() as prepared, transaction.atomic():
        kept, fresh = _reserve(caller, key, call)
        if not fresh:
            return _replay(kept, call)
        answer = act(prepared)
        _keep(kept, answer, frozenset())
        return answer


def takes_key(handler: H) -> H:
    """Say of a handler that it reads the header by itself."""
    handler.__dict__["idempotent"] = True
    return handler


def is_idempotent(handler: Any) -> bool:
    """Whether `handler` reads the header."""
    return getattr(handler, "idempotent", False) is True


def _caller(view: HasCaller) -> Caller | None:
    """None for a person without a workspace: there is no place to keep an answer."""
    try:
        return view.caller
    except NoWorkspace:
        return None


def _check(key: str) -> None:
    if not key or len(key) > _MAX or not key.isascii() or not key.isprintable():
        message = f"Send 1 to {_MAX} printable ASCII characters, such as a UUID."
        raise ValidationError({HEADER: [message]})


def _fingerprint(request: Request) -> str:
    """What makes two calls the same: method, path and body."""
    return _of_call(request, json.dumps(request.data, sort_keys=True))


def _of_call(request: Request, body: str) -> str:
    call = f"{request.method} {request.path.rstrip('/')} {body}"
    return hashlib.sha256(call.encode()).hexdigest()


def _reserve(caller: Caller, key: str, fingerprint: str) -> tuple[StoredAnswer, bool]:
    """This key's row, and whether it is ours. Waits for another call's transaction."""
    _bound_wait()
    try:
        found = StoredAnswer.objects.get_or_create(
            workspace=caller.workspace,
            caller=_id_of(caller),
            key=key,
            defaults={"fingerprint": fingerprint},
        )
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise Conflict(
            "The first call with this Idempotency-Key is still being worked on.",
            code="still_running",
        ) from error
    _unbound_wait()
    return found


def _id_of(caller: Caller) -> uuid.UUID:
    return caller.user.pk if caller.api_key is None else caller.api_key.pk


def _bound_wait() -> None:
    # On SQLite the whole transaction already waits its turn.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {_WAIT_MS}")


def _unbound_wait() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _replay(kept: StoredAnswer, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise Unprocessable(
            "This Idempotency-Key was used for another request. Take a new one.",
            code="idempotency_key_reused",
        )
    return Response(kept.body, status=kept.status_code, headers={REPLAYED: "true"})


def _keep(kept: StoredAnswer, answer: Response, hidden: frozenset[str]) -> None:
    body: Any = json.loads(JSONRenderer().render(answer.data) or b"null")
    if hidden:
        body = {name: None if name in hidden else body[name] for name in body}
    kept.status_code = answer.status_code
    kept.body = body
    kept.save(update_fields=["status_code", "body"])
