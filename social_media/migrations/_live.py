"""Changes of indexes during which everybody can read and write, on PostgreSQL.

A migration that has them needs `atomic = False`, and should hold nothing else: what was
done before one that failed is not undone. They wait for every transaction that is open,
however long it lasts, and can be run again after a failure: an index that was left half
made is made anew, one that is there stays. SQLite locks its file as always.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.operations import AddConstraintNotValid
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class AddIndexLive(AddIndexConcurrently):
    """AddIndex, CONCURRENTLY where there is such a thing."""

    def database_forwards(self, app: str, editor: Any, *states: Any) -> None:
        if not _is_postgresql(editor):
            migrations.AddIndex.database_forwards(self, app, editor, *states)
        elif not _is_there(editor, self.index.name):
            with _patience(editor):
                super().database_forwards(app, editor, *states)

    def database_backwards(self, app: str, editor: Any, *states: Any) -> None:
        if not _is_postgresql(editor):
            migrations.AddIndex.database_backwards(self, app, editor, *states)
        elif _is_there(editor, self.index.name):
            with _patience(editor):
                super().database_backwards(app, editor, *states)


class RemoveIndexLive(RemoveIndexConcurrently):
    """RemoveIndex, CONCURRENTLY where there is such a thing."""

    def database_forwards(self, app: str, editor: Any, *states: Any) -> None:
        if not _is_postgresql(editor):
            migrations.RemoveIndex.database_forwards(self, app, editor, *states)
        elif _is_there(editor, self.name):
            with _patience(editor):
                super().database_forwards(app, editor, *states)

    def database_backwards(self, app: str, editor: Any, *states: Any) -> None:
        if not _is_postgresql(editor):
            migrations.RemoveIndex.database_backwards(self, app, editor, *states)
        elif not _is_there(editor, self.name):
            with _patience(editor):
                super().database_backwards(app, editor, *states)


class AddCheckLive(AddConstraintNotValid):
    """AddConstraint of a check; the rows that are there are checked without a lock."""

    def database_forwards(self, app: str, editor: Any, *states: Any) -> None:
        if not _is_postgresql(editor):
            migrations.AddConstraint.database_forwards(self, app, editor, *states)
            return
        model = states[-1].apps.get_model(app, self.model_name)
        table = editor.quote_name(model._meta.db_table)
        name = editor.quote_name(self.constraint.name)
        with _patience(editor):
            editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            super().database_forwards(app, editor, *states)
            editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class DropForeignKeyIndexLive(migrations.AlterField):
    """Give a foreign key `db_index=False`. Django's own would check each row anew."""

    def database_forwards(self, app: str, editor: Any, old: Any, new: Any) -> None:
        if not _is_postgresql(editor):
            super().database_forwards(app, editor, old, new)
            return
        model = old.apps.get_model(app, self.model_name)
        column = model._meta.get_field(self.name).column
        with _patience(editor):
            for name in _indexes_of(editor, model, column):
                editor.execute(f"DROP INDEX CONCURRENTLY {editor.quote_name(name)}")

    def database_backwards(self, app: str, editor: Any, old: Any, new: Any) -> None:
        if not _is_postgresql(editor):
            super().database_backwards(app, editor, old, new)
            return
        model = new.apps.get_model(app, self.model_name)
        field = model._meta.get_field(self.name)
        if _indexes_of(editor, model, field.column):
            return
        with _patience(editor):
            editor.execute(
                editor._create_index_sql(model, fields=[field], concurrently=True)
            )


@contextmanager
def _patience(editor: Any) -> Iterator[None]:
    """Wait for locks without end: a statement that gave up would leave its index half
    made. Others are let through meanwhile.
    """
    editor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        editor.execute("RESET lock_timeout")


def _is_there(editor: Any, name: str) -> bool:
    """Whether the index is there and whole; what is left of one half made is dropped."""
    sql = (
        "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE relname = %s AND pg_table_is_visible(pg_class.oid)"
    )
    with editor.connection.cursor() as cursor:
        cursor.execute(sql, [name])
        found = cursor.fetchone()
    if found is None or found[0]:
        return found is not None
    with _patience(editor):
        editor.execute(f"DROP INDEX CONCURRENTLY {editor.quote_name(name)}")
    return False


def _indexes_of(editor: Any, model: Any, column: str) -> list[str]:
    """The names of indexes on this column alone that nobody declared by name and that
    hold no constraint.
    """
    declared = {index.name for index in model._meta.indexes}
    found = editor._constraint_names(model, [column], index=True, unique=False)
    return [name for name in found if name not in declared]


def _is_postgresql(editor: Any) -> bool:
    return bool(editor.connection.vendor == "postgresql")
