"""Rows for tests. Each factory makes something that the pipeline would accept.

`PostTargetFactory(status=...)` fills in what that status implies (a due time, a lease,
a link), so that no test has to know which constraint asks for what.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from accounts.models import ApiKey, Membership, User, Workspace
from accounts.roles import KEY_SCOPES, Role
from social_media.enums import (
    AccountStatus,
    AttemptOutcome,
    MediaKind,
    MediaStatus,
    Platform,
    PostStatus,
    RenditionStatus,
    StepKind,
    TargetStatus,
)
from social_media.models import (
    ConnectedAccount,
    MediaFile,
    MediaRendition,
    Post,
    PostMedia,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)
from social_media.platforms.media import Recipe

PASSWORD = "correct-horse-battery"
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def now() -> datetime:
    return datetime.now(UTC)


class UserFactory(DjangoModelFactory):
    """Signs in with PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, **kwargs):
        return model_class.objects.create_user(**kwargs)


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = Workspace

    name = factory.Sequence(lambda n: f"Workspace {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OWNER


class ApiKeyFactory(DjangoModelFactory):
    """Its plain text is `key.plain`. May do all that a key can be allowed."""

    class Meta:
        model = ApiKey

    workspace = factory.SubFactory(WorkspaceFactory)
    created_by = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Key {n}")
    scopes = factory.LazyFunction(lambda: sorted(KEY_SCOPES))

    @classmethod
    def _create(cls, model_class, **kwargs):
        issued = ("workspace", "created_by", "name", "scopes", "expires_at")
        given = {name: kwargs.pop(name) for name in issued if name in kwargs}
        key, plain = model_class.objects.issue(**given)
        if kwargs:
            model_class.objects.filter(pk=key.pk).update(**kwargs)
            key.refresh_from_db()
        key.plain = plain
        return key


def secrets_of(platform: str, n: int) -> dict[str, str]:
    """What each network's strategy keeps."""
    return {
        Platform.X: {
            "access_token": f"x-access-{n}",
            "refresh_token": f"x-refresh-{n}",
        },
        Platform.BLUESKY: {
            "access_jwt": f"bluesky-access-{n}",
            "refresh_jwt": f"bluesky-refresh-{n}",
            "app_password": f"bluesky-app-password-{n}",
        },
        Platform.MASTODON: {"access_token": f"mastodon-access-{n}"},
    }[Platform(platform)]


def remote_id_of(platform: str, n: int) -> str:
    """An account id as each network writes it."""
    return f"did:plc:{n:024d}" if platform == Platform.BLUESKY else str(1000 + n)


class ConnectedAccountFactory(DjangoModelFactory):
    """On Mastodon, where nothing needs refreshing, unless `platform` says otherwise."""

    class Meta:
        model = ConnectedAccount

    class Params:
        number = factory.Sequence(lambda n: n)

    workspace = factory.SubFactory(WorkspaceFactory)
    platform = Platform.MASTODON
    server = factory.LazyAttribute(
        lambda made: {
            Platform.X: "",
            Platform.BLUESKY: "https://bsky.social",
            Platform.MASTODON: "https://mastodon.example",
        }[Platform(made.platform)]
    )
    remote_id = factory.LazyAttribute(
        lambda made: remote_id_of(made.platform, made.number)
    )
    handle = factory.LazyAttribute(lambda made: f"person{made.number}")
    status = AccountStatus.ACTIVE
    secrets = factory.LazyAttribute(
        lambda made: (
            None
            if made.status == AccountStatus.DISCONNECTED
            else secrets_of(made.platform, made.number)
        )
    )


class PostFactory(DjangoModelFactory):
    class Meta:
        model = Post

    workspace = factory.SubFactory(WorkspaceFactory)
    author = factory.SubFactory(UserFactory)
    content = factory.Sequence(lambda n: f"Post number {n}")
    status = PostStatus.DRAFT
    scheduled_time = factory.LazyAttribute(
        lambda made: None if made.status == PostStatus.DRAFT else now()
    )


class ThreadPartFactory(DjangoModelFactory):
    class Meta:
        model = ThreadPart

    post = factory.SubFactory(PostFactory)
    position = factory.Sequence(lambda n: n + 1)
    content = factory.LazyAttribute(lambda made: f"Part {made.position}")


_UNSCHEDULED = {TargetStatus.DRAFT}
_QUEUED = {TargetStatus.QUEUED, TargetStatus.POSTING}
_POST_STATUS = {TargetStatus.QUEUED: PostStatus.SCHEDULED}


class PostTargetFactory(DjangoModelFactory):
    """Scheduled and due, on an account of its post's workspace.

    A given `account` decides the workspace; a given `post` does otherwise.
    """

    class Meta:
        model = PostTarget

    class Params:
        workspace = factory.SubFactory(WorkspaceFactory)

    status = TargetStatus.SCHEDULED
    account = factory.SubFactory(
        ConnectedAccountFactory, workspace=factory.SelfAttribute("..workspace")
    )
    post = factory.SubFactory(
        PostFactory,
        workspace=factory.SelfAttribute("..workspace"),
        status=factory.LazyAttribute(
            lambda made: _POST_STATUS.get(
                made.factory_parent.status, made.factory_parent.status
            )
        ),
    )
    due_at = factory.LazyAttribute(
        lambda made: (
            None
            if made.status in _UNSCHEDULED
            else made.post.scheduled_time or now() - timedelta(seconds=1)
        )
    )
    queued_at = factory.LazyAttribute(
        lambda made: now() if made.status in _QUEUED else None
    )
    attempt_token = factory.LazyAttribute(
        lambda made: uuid.uuid4() if made.status == TargetStatus.POSTING else None
    )
    lease_expires_at = factory.LazyAttribute(
        lambda made: (
            now() + timedelta(seconds=45)
            if made.status == TargetStatus.POSTING
            else None
        )
    )
    unknown_since = factory.LazyAttribute(
        lambda made: now() if made.status == TargetStatus.RECONCILING else None
    )
    posted_at = factory.LazyAttribute(
        lambda made: now() if made.status == TargetStatus.POSTED else None
    )
    remote_url = factory.LazyAttribute(
        lambda made: (
            f"https://network.example/{uuid.uuid4().hex}"
            if made.status == TargetStatus.POSTED
            else ""
        )
    )

    @classmethod
    def _generate(cls, strategy, params):
        for name in ("account", "post"):
            if name in params and "workspace" not in params:
                params["workspace"] = params[name].workspace
        return super()._generate(strategy, params)


def idempotency_key(n: int) -> str:
    """A TID: the only shape that every network takes."""
    letters = ""
    for _ in range(6):
        n, digit = divmod(n, 32)
        letters = _TID_LETTERS[digit] + letters
    return "3mzzzzz" + letters


class PublishStepFactory(DjangoModelFactory):
    """The first step of a target that a worker holds, not sent yet."""

    class Meta:
        model = PublishStep

    target = factory.SubFactory(PostTargetFactory, status=TargetStatus.POSTING)
    position = 0
    kind = factory.LazyAttribute(
        lambda made: StepKind.THREAD_PART if made.position else StepKind.POST
    )
    idempotency_key = factory.Sequence(idempotency_key)
    payload = factory.LazyAttribute(
        lambda made: {
            "text": made.target.post.content,
            "options": made.target.options,
            "created_at": now().isoformat(),
        }
    )


class PublishAttemptFactory(DjangoModelFactory):
    """Open, by the worker that holds the target, unless an `outcome` is given."""

    class Meta:
        model = PublishAttempt

    step = factory.SubFactory(PublishStepFactory)
    target = factory.SelfAttribute("step.target")
    position = factory.SelfAttribute("step.position")
    token = factory.LazyAttribute(
        lambda made: made.target.attempt_token or uuid.uuid4()
    )
    payload = factory.SelfAttribute("step.payload")
    opened_at = factory.LazyFunction(now)
    give_up_at = factory.LazyAttribute(
        lambda made: made.opened_at + timedelta(seconds=20)
    )
    closed_at = factory.LazyAttribute(lambda made: now() if made.outcome else None)
    outcome = ""
    remote_id = factory.LazyAttribute(
        lambda made: uuid.uuid4().hex if made.outcome == AttemptOutcome.POSTED else ""
    )


class MediaFileFactory(DjangoModelFactory):
    """A picture that is ready, whose bytes are nowhere.

    Of one with bytes, see tests/social_media/media/making.py.
    """

    class Meta:
        model = MediaFile

    class Params:
        number = factory.Sequence(lambda n: n)

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.LazyAttribute(lambda made: f"photo{made.number}.jpg")
    status = MediaStatus.READY
    kind = MediaKind.IMAGE
    content_type = "image/jpeg"
    size = 50_000
    width, height = 640, 480
    upload_sha256 = factory.LazyAttribute(lambda made: f"{made.number:064x}")
    sha256 = factory.LazyAttribute(lambda made: f"{made.number:064x}")
    file = factory.LazyAttribute(lambda made: f"originals/00/{made.number}.jpg")
    thumbnail = factory.LazyAttribute(lambda made: f"thumbnails/00/{made.number}.jpg")
    progress = factory.LazyAttribute(
        lambda made: 100 if made.status == MediaStatus.READY else 0
    )
    due_at = factory.LazyAttribute(
        lambda made: now() if made.status == MediaStatus.PROCESSING else None
    )


class MediaRenditionFactory(DjangoModelFactory):
    """A smaller picture, made already."""

    class Meta:
        model = MediaRendition

    class Params:
        made = Recipe(MediaKind.IMAGE, "image/jpeg", 100, 80, 1_000_000)

    original = factory.SubFactory(MediaFileFactory)
    key = factory.LazyAttribute(lambda made: made.made.key)
    recipe = factory.LazyAttribute(lambda made: made.made.document())
    status = RenditionStatus.READY
    progress = 100
    size = 1000
    file = factory.Sequence(lambda n: f"renditions/00/{n}.jpg")
    facts = factory.LazyAttribute(
        lambda made: {
            "kind": made.made.kind,
            "content_type": made.made.content_type,
            "size": made.size,
            "sha256": "0" * 64,
            "width": made.made.width,
            "height": made.made.height,
        }
    )


class PostMediaFactory(DjangoModelFactory):
    """A file in the post itself; both of one workspace."""

    class Meta:
        model = PostMedia

    post = factory.SubFactory(PostFactory)
    file = factory.SubFactory(
        MediaFileFactory, workspace=factory.SelfAttribute("..post.workspace")
    )
    part = 0
    position = 0
