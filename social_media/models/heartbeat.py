"""Signs of life of the processes that have no port."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a process last did its work, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.beaten_at:%H:%M:%S}"
