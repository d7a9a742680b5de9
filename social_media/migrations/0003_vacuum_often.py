"""Have PostgreSQL clear away old versions of rows long before a fifth is outdated.

Its default waits for a fifth of the table. Until then each scan steps over an index
entry for every target published since (150,000: 3,450 pages instead of 7), and counting
a list visits rows that an index alone could have counted.
"""

from django.db import migrations

TABLES = {
    # Cleared even where few pages are concerned: the index is what a scan reads.
    'social_media_posttarget': {
        'autovacuum_vacuum_scale_factor': '0.01',
        'autovacuum_vacuum_threshold': '10000',
        'autovacuum_analyze_scale_factor': '0.02',
        'vacuum_index_cleanup': 'on',
    },
    'social_media_post': {
        'autovacuum_vacuum_scale_factor': '0.02',
        'autovacuum_vacuum_insert_scale_factor': '0.02',
    },
    'social_media_activitylog': {
        'autovacuum_vacuum_insert_scale_factor': '0.02',
    },
}


def set_all(apps, editor):
    for table, options in TABLES.items():
        given = ', '.join(f'{name} = {value}' for name, value in options.items())
        _alter(editor, f'ALTER TABLE {table} SET ({given})')


def reset_all(apps, editor):
    for table, options in TABLES.items():
        _alter(editor, f'ALTER TABLE {table} RESET ({", ".join(options)})')


def _alter(editor, statement):
    if editor.connection.vendor == 'postgresql':
        editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0002_lists_that_grow'),
    ]

    operations = [
        migrations.RunPython(set_all, reset_all),
    ]
