"""Fills an empty installation whose networks are a simulator: for the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User, Workspace
from accounts.register import register
from social_media.management.demo_pictures import SHOWN, upload
from social_media.management.demo_posts import (
    ACCOUNTS,
    EMAIL,
    PASSWORD,
    POSTS,
    DemoPost,
)
from social_media.management.seed_planned import begin_recurring, fill_queue
from social_media.models import ConnectedAccount, MediaFile
from social_media.models.clock import database_now
from social_media.oauth.connect import connect
from social_media.posts.compose import create_post
from social_media.posts.composition import (
    Attachment,
    Attachments,
    Composition,
    Destination,
)
from social_media.simulator.client import SimulatorClient


class RealNetworks(Exception):
    """Posts of the demo would go to the real networks."""

    def __init__(self) -> None:
        super().__init__(
            "The demo fills only an installation whose networks are its simulator: "
            "start it with `make demo`."
        )


def require_simulator(simulator: SimulatorClient) -> None:
    """Raise RealNetworks unless every network's API is the simulator."""
    for name, config in settings.NETWORKS.items():
        used = {config.api_url, config.video_url or config.api_url}
        if used != {simulator.urls.get(name)}:
            raise RealNetworks


def seed(simulator: SimulatorClient) -> int:
    """Person, accounts and posts; answers how many go out over the next minute.

    Can be called again: the person and the accounts stay, the posts are new ones.
    Raises RealNetworks.
    """
    require_simulator(simulator)
    user, workspace = demo_person()
    connected = {
        (platform, handle): connect(
            workspace,
            platform=platform,
            given=simulator.account(platform, handle),
            user=user,
        )
        for platform, handle in ACCOUNTS
    }
    files = {name: upload(name, workspace=workspace, user=user) for name in SHOWN}
    now = database_now()
    for post in POSTS:
        accounts = [connected[account] for account in post.accounts()]
        write(
            post,
            user=user,
            workspace=workspace,
            accounts=accounts,
            files=files,
            now=now,
        )
    queued = fill_queue(workspace, connected, user=user, now=now)
    recurred = begin_recurring(workspace, connected, user=user, now=now)
    return len(POSTS) + queued + recurred


def _attachments(names: Sequence[str], files: Mapping[str, MediaFile]) -> Attachments:
    return tuple(Attachment(files[name].pk) for name in names)


def demo_person() -> tuple[User, Workspace]:
    """The person who signs in as EMAIL, an operator too, and their workspace."""
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = register(email=EMAIL, password=PASSWORD, first_name="Demo").user
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    return user, user.workspaces.get()


def write(
    post: DemoPost,
    *,
    user: User,
    workspace: Workspace,
    accounts: Sequence[ConnectedAccount],
    files: Mapping[str, MediaFile],
    now: datetime,
) -> None:
    """Schedule one of the demo's posts, counted from `now`."""
    due = now + timedelta(seconds=post.seconds)
    content, *thread = post.texts(due)
    create_post(
        workspace,
        composition=Composition(
            content=content,
            thread=tuple(thread),
            media=_attachments(post.media, files),
            thread_media=tuple(_attachments(one, files) for one in post.thread_media),
            targets=tuple(Destination(account_id=account.pk) for account in accounts),
            scheduled_time=due,
        ),
        user=user,
    )
