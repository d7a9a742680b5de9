"""Statements of the hot path, whose SQL Django writes once per process.

Writing the SQL of a queryset takes Django several times as long as PostgreSQL takes to
run it. Here the queryset is written down as ever, with a `Slot` for each value that
differs from one run to the next; its SQL is kept, and every run only fills the slots.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError
from psycopg.errors import FeatureNotSupported
from psycopg.sql import Literal

from social_media.models.slots import Slot

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    sql: str
    params: Sequence[Any]
    #: Of a reading: position -> what makes the column's Python value of it.
    converters: dict[int, Any]

    def filled(self, values: dict[str, Any]) -> list[Any]:
        return [
            param.fill(values) if isinstance(param, Slot) else param
            for param in self.params
        ]

    def only_row(self, values: dict[str, Any]) -> Row | None:
        """Run it; the one row that it answers, None for none."""
        row = _executed(self.sql, self.filled(values)).fetchone()
        return None if row is None else self.convert(row)

    def convert(self, row: Row) -> Row:
        if not self.converters:
            return row
        made = list(row)
        for position, (functions, expression) in self.converters.items():
            for function in functions:
                made[position] = function(made[position], expression, connection)
        return tuple(made)


def _write_down(sql: str, params: Sequence[Any], converters: Any = None) -> _Written:
    """With all that never changes as literals, where the database prepares statements.

    A plan that PostgreSQL keeps can use a partial index only if it sees the status.
    """
    parts = sql.split("%s")
    if connection.vendor != "postgresql" or len(parts) != len(params) + 1:
        return _Written(sql, params, converters or {})
    words = [parts[0]]
    for param, part in zip(params, parts[1:], strict=True):
        words += ["%s" if isinstance(param, Slot) else _literal(param), part]
    slots = [param for param in params if isinstance(param, Slot)]
    return _Written("".join(words), slots, converters or {})


def _literal(value: Any) -> str:
    connection.ensure_connection()
    return Literal(value).as_string(connection.connection).replace("%", "%%")


def _executed(sql: str, params: Sequence[Any]) -> Any:
    """The cursor that has run it; this thread's next statement uses it again.

    PostgreSQL keeps its plan, unless prepared statements are off. Of no other query:
    with a parameter for the status a plan that is kept can't use a partial index.
    """
    if connection.vendor != "postgresql" or connection.queries_logged:
        cursor = connection.cursor()
        cursor.execute(sql, params)
        return cursor
    connection.validate_no_broken_transaction()
    found = _own_cursor()
    with connection.wrap_database_errors:
        try:
            found.execute(sql, params, prepare=True)
        except FeatureNotSupported:  # a column's type changed under the kept plan
            found.connection.close()
            raise
    return found


class _Kept(threading.local):
    server_connection: Any = None
    cursor: Any = None


_kept = _Kept()


def _own_cursor() -> Any:
    """The driver's cursor, one per connection that this thread was lent."""
    lent = connection.connection
    if lent is None or lent is not _kept.server_connection or lent.closed:
        _kept.cursor = connection.cursor().cursor
        _kept.server_connection = connection.connection
    return _kept.cursor


class _Statement:
    """Keeps what was written; another database than before has it written anew."""

    def __init__(self) -> None:
        self._kept: dict[str, _Written] = {}

    def _written(self) -> _Written:
        kept = self._kept.get(connection.vendor)
        if kept is None:
            kept = self._kept[connection.vendor] = self._write()
        return kept

    def _write(self) -> _Written:
        raise NotImplementedError


class Reading(_Statement):
    """A `values_list` queryset with slots."""

    _locks = False

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        super().__init__()
        self._build = build

    def rows(self, **values: Any) -> list[Row]:
        """All rows, each a tuple of the columns asked for.

        Raises TransactionManagementError for locks outside of a transaction.
        """
        written = self._written()
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update needs a transaction")
        found = _executed(written.sql, written.filled(values)).fetchall()
        return [written.convert(row) for row in found]

    def first(self, **values: Any) -> Row | None:
        """The first row, None if there is none."""
        return next(iter(self.rows(**values)), None)

    def _write(self) -> _Written:
        query = self._build().query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        with transaction.atomic():  # else Django refuses to write FOR UPDATE
            sql, params = compiler.as_sql()
        self._locks = query.select_for_update
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return _write_down(sql, params, compiler.get_converters(columns))


@dataclass(frozen=True, slots=True)
class Update:
    """An update that is not run yet, of this model's rows."""

    model: type[models.Model]
    query: UpdateQuery


class Change(_Statement):
    """An update with slots (see `changing`).

    `returning` names columns of the rows that changed, by their fields.
    """

    def __init__(
        self, build: Callable[[], Update], *, returning: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._build = build
        self._returning = returning

    def run(self, **values: Any) -> int:
        """How many rows changed."""
        written = self._written()
        count: int = _executed(written.sql, written.filled(values)).rowcount
        return count

    def changed(self, **values: Any) -> Row | None:
        """The returned columns of the first row that changed, None if none did."""
        return self._written().only_row(values)

    def _write(self) -> _Written:
        update = self._build()
        with transaction.atomic():  # else Django refuses to write FOR UPDATE
            sql, params = update.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        if not self._returning:
            return _write_down(sql, params)
        return _returning(update.model, self._returning, sql, params)


def changing(rows: QuerySet[Any, Any], **values: Any) -> Update:
    """The update of `rows` to `values`, not run: what QuerySet.update would do."""
    query = cast("UpdateQuery", rows.order_by().query.chain(UpdateQuery))
    query.add_update_values(values)
    query.clear_select_clause()
    return Update(rows.model, query)


class Copy(_Statement):
    """An insert of what a `values_list` queryset with slots finds.

    Args:
        model: whose table gets the rows.
        columns: the table's columns, in the order of the values.
        returning: fields of `model` that a run answers.
    """

    def __init__(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        build: Callable[[], QuerySet[Any, Any]],
        *,
        returning: Sequence[str],
    ) -> None:
        super().__init__()
        self._model, self._columns = model, columns
        self._build, self._answer = build, returning

    def run(self, **values: Any) -> Row | None:
        """The returned columns of the new row, None if there was nothing to copy.

        Raises IntegrityError.
        """
        return self._written().only_row(values)

    def _write(self) -> _Written:
        with transaction.atomic():  # else Django refuses to write FOR UPDATE
            select, params = self._build().query.sql_with_params()
        quote = connection.ops.quote_name
        columns = ", ".join(quote(name) for name in self._columns)
        table = quote(self._model._meta.db_table)
        sql = f"INSERT INTO {table} ({columns}) {select}"
        return _returning(self._model, self._answer, sql, params)


class Insertion(_Statement):
    """One row of a model, without looking for defaults of the database."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__()
        self._model = model
        self._fields = model._meta.concrete_fields

    def run(self, row: models.Model) -> None:
        """Insert `row`, which has its primary key. Raises IntegrityError."""
        values = [
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in self._fields
        ]
        _executed(self._written().sql, values)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS

    def _write(self) -> _Written:
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        places = ", ".join("%s" for _ in self._fields)
        table = quote(self._model._meta.db_table)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names
        return _Written(sql, (), {})


def _returning(
    model: type[models.Model], names: Sequence[str], sql: str, params: Sequence[Any]
) -> _Written:
    """`sql`, answering these fields of the rows that it wrote."""
    quote = connection.ops.quote_name
    column_of = {field.attname: field.column for field in model._meta.concrete_fields}
    sql += " RETURNING " + ", ".join(quote(str(column_of[name])) for name in names)
    reader: QuerySet[Any, Any] = models.QuerySet(model=model).values_list(*names)
    compiler = reader.query.get_compiler(DEFAULT_DB_ALIAS)
    compiler.setup_query()
    columns = [column for column, *_ in compiler.select]
    return _write_down(sql, params, compiler.get_converters(columns))
