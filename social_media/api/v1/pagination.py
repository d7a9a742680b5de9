"""Pages of a list."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

_FARTHEST = 10**12
_LONGEST = 9


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `counted`, for counting millions of rows takes far longer
    than reading a page of them. The pages go on beyond that.
    """

    object_list: QuerySet[Any]
    counted = 10_000

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `counted`."""
        return min(self._seen, self.counted)

    @property
    def limited(self) -> bool:
        """Whether there are more rows than `count`."""
        return self._seen > self.counted

    @cached_property
    def num_pages(self) -> int:
        """How many pages there are, or more than anybody has, if that isn't known."""
        return _FARTHEST if self.limited else self._pages_of(self.count)

    def page(self, number: int | str) -> Page[Any]:
        """The rows of one page. Raises InvalidPage where there is none."""
        if not self.limited:
            return super().page(number)
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if not rows:
            raise EmptyPage(self.error_messages["no_results"])
        return UncountedPage(rows, valid, self)

    def last_number(self) -> int:
        """The last page's number, whatever it takes to find out."""
        return self._pages_of(self.object_list.count() if self.limited else self.count)

    @cached_property
    def _seen(self) -> int:
        rows: int = self.object_list.order_by()[: self.counted + 1].count()
        return rows

    def _pages_of(self, rows: int) -> int:
        return max(1, -(-rows // self.per_page))


class UncountedPage(Page):  # type: ignore[type-arg]
    """A page of a list whose length isn't known, made with one row of the next page."""

    def __init__(
        self, rows: list[Any], number: int, paginator: BoundedPaginator
    ) -> None:
        super().__init__(rows[: paginator.per_page], number, paginator)
        self._more = len(rows) > paginator.per_page

    def has_next(self) -> bool:
        """Whether there is at least one row more."""
        return self._more


class Pages(PageNumberPagination):
    """20 rows a page; `page_size` asks for up to 100."""

    django_paginator_class = BoundedPaginator
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

    def get_page_number(self, request: Request, paginator: Any) -> int | str:
        """The wanted page's number as it was given; `last` is looked up."""
        given = request.query_params.get(self.page_query_param) or 1
        return paginator.last_number() if given in self.last_page_strings else given

    def get_paginated_response(self, data: Any) -> Response:
        """The page; `count_limited` only where there are more rows than `count`."""
        answer = super().get_paginated_response(data)
        if self.page.paginator.limited:  # type: ignore[union-attr]
            answer.data["count_limited"] = True
        return answer

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The shape of a page, for the OpenAPI document."""
        shape: dict[str, Any] = super().get_paginated_response_schema(schema)
        limit = f"{BoundedPaginator.counted:,}"
        shape["properties"]["count"]["description"] = (
            f"How many rows there are on all pages; counted up to {limit}."
        )
        shape["properties"]["count_limited"] = {
            "type": "boolean",
            "description": f"There, and true, where there are more than {limit} rows.",
        }
        return shape


def _refused() -> ValidationError:
    words = f"Ask for 1 to {Pages.max_page_size} rows per page."
    return ValidationError({"page_size": [ErrorDetail(words, code="invalid")]})
