"""Changes of indexes during which everybody can read and write, on PostgreSQL.

A migration that has them needs `atomic = False`. SQLite locks its file as always.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class AddIndexLive(AddIndexConcurrently):
    """AddIndex, CONCURRENTLY where there is such a thing."""

    def database_forwards(self, app: str, editor: Any, *states: Any) -> None:
        base = AddIndexConcurrently if _is_postgresql(editor) else migrations.AddIndex
        base.database_forwards(self, app, editor, *states)

    def database_backwards(self, app: str, editor: Any, *states: Any) -> None:
        base = AddIndexConcurrently if _is_postgresql(editor) else migrations.AddIndex
        base.database_backwards(self, app, editor, *states)


class RemoveIndexLive(RemoveIndexConcurrently):
    """RemoveIndex, CONCURRENTLY where there is such a thing."""

    def database_forwards(self, app: str, editor: Any, *states: Any) -> None:
        live = _is_postgresql(editor)
        base = RemoveIndexConcurrently if live else migrations.RemoveIndex
        base.database_forwards(self, app, editor, *states)

    def database_backwards(self, app: str, editor: Any, *states: Any) -> None:
        live = _is_postgresql(editor)
        base = RemoveIndexConcurrently if live else migrations.RemoveIndex
        base.database_backwards(self, app, editor, *states)


class DropForeignKeyIndexLive(migrations.AlterField):
    """Give a foreign key `db_index=False`. Django's own would check each row anew."""

    def database_forwards(self, app: str, editor: Any, old: Any, new: Any) -> None:
        if not _is_postgresql(editor):
            super().database_forwards(app, editor, old, new)
            return
        model = old.apps.get_model(app, self.model_name)
        column = model._meta.get_field(self.name).column
        for name in editor._constraint_names(model, [column], index=True, unique=False):
            editor.execute(f"DROP INDEX CONCURRENTLY {editor.quote_name(name)}")

    def database_backwards(self, app: str, editor: Any, old: Any, new: Any) -> None:
        if not _is_postgresql(editor):
            super().database_backwards(app, editor, old, new)
            return
        model = new.apps.get_model(app, self.model_name)
        field = model._meta.get_field(self.name)
        editor.execute(
            editor._create_index_sql(model, fields=[field], concurrently=True)
        )


def _is_postgresql(editor: Any) -> bool:
    return bool(editor.connection.vendor == "postgresql")
