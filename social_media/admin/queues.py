"""Queues: when they publish, and what waits in them."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly, LookOnlyInline
from social_media.models import ConnectedAccount, PostQueue, QueuedPost
from social_media.posts.queues.slots import in_order


class PostsOfQueue(LookOnlyInline):
    """In order."""

    model = QueuedPost
    fields = ("post", "position", "slot_at")
    readonly_fields = fields
    joined = ("post", "queue")
    show_change_link = False


@admin.register(PostQueue)
class PostQueues(LookOnly):
    """What people fill with posts."""

    list_display = (
        "name",
        "workspace",
        "timezone",
        "evergreen",
        "paused_at",
    )
    list_filter = ("evergreen", ("paused_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__name")
    id_fields = ("pk", "workspace")
    joined = ("workspace",)
    exclude = ("slots", "accounts")  # with accounts, their secrets would be read
    readonly_fields = ("weekly_slots", "for_accounts", "created_at", "updated_at")
    inlines = (PostsOfQueue,)

    @admin.display(description="slots")
    def weekly_slots(self, queue: PostQueue) -> str:
        """A line for each day that has some, from Monday on."""
        days = in_order(queue.slots).items()
        return "\n".join(
            f"{day.capitalize()}: {', '.join(times)}" for day, times in days if times
        )

    @admin.display(description="accounts")
    def for_accounts(self, queue: PostQueue) -> str:
        """Where posts go that name none themselves."""
        rows = ConnectedAccount.objects.filter(queues=queue).defer("secrets")
        return ", ".join(str(account) for account in rows)
