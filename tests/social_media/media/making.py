"""Files as people upload them, taken in and made ready by the real code."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from social_media.media.intake import Received
from social_media.media.upload import Described, add
from social_media.media.work import make_due
from social_media.models import MediaFile
from tests import media_samples as samples
from tests.factories import UserFactory, WorkspaceFactory


def uploaded(data: bytes | None = None, **given) -> MediaFile:
    """Taken in, and waiting to be made ready. A JPEG unless `data` is given."""
    workspace = given.pop("workspace", None) or WorkspaceFactory()
    file, _ = add(
        workspace,
        received(samples.jpeg() if data is None else data),
        described=Described(**given),
        user=UserFactory(),
    )
    return file


def ready(data: bytes | None = None, **given) -> MediaFile:
    """Taken in and made ready."""
    file = uploaded(data, **given)
    work()
    file.refresh_from_db()
    assert file.status == "ready", (file.error_code, file.error_message)
    return file


def received(data: bytes, name: str = "photo.jpg") -> Received:
    """As if it had just come in."""
    folder = Path(settings.MEDIA_WORK_DIR)
    folder.mkdir(exist_ok=True)
    path = folder / "received"
    path.write_bytes(data)
    return Received(name, path, len(data), hashlib.sha256(data).hexdigest())


def work() -> int:
    """All that is due is made."""
    return make_due(stopping=lambda: False)


def stored(folder: Path) -> list[str]:
    """Names of all that lies in the storage of `media_disk`, sorted."""
    root = folder / "media"
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def left_over(folder: Path) -> list[Path]:
    """What lies in the work folder, where nothing should be left."""
    work_folder = folder / "work"
    return sorted(work_folder.iterdir()) if work_folder.exists() else []
