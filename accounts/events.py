"""What happened to people, workspaces and keys, for whoever keeps the audit trail.

Sent inside the transaction of the change, so that a listener's row stands or falls
with it: `happened.send(Model, action="thing.verb", thing=row, caller=caller)`.
`thing` is the changed row; `details` may name what changed, and never a secret.
"""

from __future__ import annotations

from django.dispatch import Signal

happened = Signal()
