"""Targets: the pipeline's figures on top, and what a person can do about one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.look_only import LookOnly, LookOnlyInline, operator
from social_media.admin.figures import pipeline_figures
from social_media.admin.filters import ByAccountsPlatform, ByAge
from social_media.admin.live_form import LiveForm
from social_media.enums import TargetStatus
from social_media.models import PostTarget, PublishAttempt, PublishStep
from social_media.posts.errors import InvalidDraft, PostError
from social_media.posts.recheck import recheck
from social_media.posts.resolve import resolve_live
from social_media.posts.schedule import retry

#: One request does no more than this; the rest is chosen again.
AT_ONCE = 200


class StepsOfTarget(LookOnlyInline):
    """What must appear exactly once."""

    model = PublishStep
    fields = ("position", "kind", "remote_id", "remote_url", "published_at")
    readonly_fields = fields
    joined = ("target__account", "target__post")
    unread = ("target__account__secrets",)


class AttemptsOfTarget(LookOnlyInline):
    """The tries."""

    model = PublishAttempt
    fields = ("opened_at", "position", "outcome", "http_status", "error_message")
    readonly_fields = fields
    joined = ("target__account", "target__post")
    unread = ("target__account__secrets",)


@admin.register(PostTarget)
class Targets(LookOnly):
    """One post on one account."""

    change_list_template = "admin/targets.html"
    list_display = (
        "content_start",
        "account",
        "status",
        "due_at",
        "tries",
        "posted_at",
        "error_message",
    )
    list_filter = ("status", ByAccountsPlatform, ByAge)
    joined = ("account", "post")
    search_fields = ("account__handle", "=error_code", "error_message", "=remote_url")
    id_fields = ("pk", "post", "account")
    unread = ("account__secrets",)
    fields = (
        ("post", "account"),
        ("status", "due_at", "late_after"),
        ("tries", "error_code"),
        "error_message",
        ("queued_at", "lease_expires_at", "unknown_since"),
        ("posted_at", "remote_url"),
        "content",
        "first_comment",
        "options",
        ("created_at", "updated_at"),
    )
    inlines = (StepsOfTarget, AttemptsOfTarget)
    actions = ("retry", "look_up_now", "mark_live")

    @admin.display(description="post")
    def content_start(self, target: PostTarget) -> str:
        """The start of the post's text."""
        return target.post.content[:60]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        figures = pipeline_figures() if request.method == "GET" else None
        return super().changelist_view(
            request, {**(extra_context or {}), "figures": figures}
        )

    @admin.action(
        description="Retry: send again what failed or was cancelled of these posts",
        permissions=["operate"],
    )
    def retry(self, request: HttpRequest, targets: QuerySet[PostTarget]) -> None:
        """Of each chosen post once, now."""
        posts = {target.post_id: target for target in targets[:AT_ONCE]}

        def again(target: PostTarget) -> None:
            retry(target.post, user=operator(request))

        self._each(request, list(posts.values()), again, "Sending again")

    @admin.action(
        description="Reconcile now: look for these on the network",
        permissions=["operate"],
    )
    def look_up_now(self, request: HttpRequest, targets: QuerySet[PostTarget]) -> None:
        """Of those in doubt."""

        def look(target: PostTarget) -> None:
            recheck(target, user=operator(request))

        self._each(request, list(targets[:AT_ONCE]), look, "Looking up")

    @admin.action(description="Mark as live, with its link", permissions=["operate"])
    def mark_live(
        self, request: HttpRequest, targets: QuerySet[PostTarget]
    ) -> HttpResponse | None:
        """Asks for the links of the unconfirmed ones first."""
        chosen = list(targets.filter(status=TargetStatus.UNCONFIRMED)[:AT_ONCE])
        if not chosen:
            self.message_user(
                request, "None of these is unconfirmed.", messages.WARNING
            )
            return None
        given = request.POST if "live" in request.POST else None
        form = LiveForm(chosen, given)
        if given is None or not form.is_valid():
            return self._ask_for_links(request, form, chosen)

        def live(target: PostTarget) -> None:
            resolve_live(target, url=form.url_of(target), user=operator(request))

        self._each(request, chosen, live, "Marked as live")
        return None

    def _ask_for_links(
        self, request: HttpRequest, form: LiveForm, targets: list[PostTarget]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Mark as live",
            "opts": self.opts,
            "form": form,
            "targets": targets,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/mark_live.html", context)

    def _each(
        self,
        request: HttpRequest,
        targets: list[PostTarget],
        act: Callable[[PostTarget], None],
        done: str,
    ) -> None:
        """One transaction each; what can't be done is told and stops nothing."""
        for target in targets:
            where = f"“{target.post.content[:40]}” on {target.account}"
            try:
                act(target)
            except PostError as error:
                self.message_user(
                    request, f"{where}: {_words(error)}", messages.WARNING
                )
            else:
                self.message_user(request, f"{done}: {where}.")


def _words(error: PostError) -> str:
    if not isinstance(error, InvalidDraft):
        return error.message
    return " ".join([error.message, *(one.message for one in error.problems)])
