"""Bodies of unknown length are refused in words: WSGI would read them as empty."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from social_media.api.v1.errors import shape

Answer = Callable[[HttpRequest], HttpResponseBase]


def length_required(get_response: Answer) -> Answer:
    """Middleware: 411 for a chunked body."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers:
            return _refusal()
        return get_response(request)

    return answer


def _refusal() -> HttpResponse:
    message = "Send the body in one piece, with a Content-Length."
    return JsonResponse(shape("length_required", message), status=411)
