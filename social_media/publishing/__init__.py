"""The pipeline, and its promise.

Every scheduled post appears on each of its networks exactly once and on time, or its
owner is told precisely why not - through `kill -9`, a wiped broker, a restarted
database, lost answers.

scan -> (bell) -> claim -> prepare -> open an attempt -> one network call -> record
-> chain; what ends in doubt goes through reconcile. The database's rows are the
queue: a bell is only a hint, and nothing here rings one. docs/publishing.md has the
state diagram, the invariants and the tests that hold them.
"""
