"""Many posts at once: tables and lines in, tables and lines out.

Reading (`reading`, `csv_rows`, `json_rows`) gives rows; `row_check` looks at one row;
`inspect` walks a whole file and stores nothing; `store` stores all of it or nothing.
`export` writes what `inspect` reads.
"""
