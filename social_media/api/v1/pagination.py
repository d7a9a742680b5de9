"""Pages of a list."""

from __future__ import annotations

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """20 rows a page; `page_size` asks for up to 100."""

    page_size_query_param = "page_size"
    max_page_size = 100
    page_size_query_description = "Rows per page, 1 to 100; 20 if left out."
    invalid_page_message = "There is no such page."

    def get_page_size(self, request: Request) -> int | None:
        """How many rows a page has. Raises ValidationError for none and too many."""
        given = request.query_params.get("page_size")
        if given is None:
            return self.page_size
        if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST):
            raise _refused()
        if not 1 <= int(given) <= self.max_page_size:
            raise _refused()
        return int(given)


_LONGEST = 9


def _refused() -> ValidationError:
    words = f"Ask for 1 to {Pages.max_page_size} rows per page."
    return ValidationError({"page_size": [ErrorDetail(words, code="invalid")]})
