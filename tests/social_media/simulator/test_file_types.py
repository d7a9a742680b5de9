"""What a file is by its first bytes."""

from __future__ import annotations

import pytest

from social_media.simulator.file_types import FileType, recognise
from tests.social_media.simulator.samples import gif, jpeg, mp4, png, webp

WEBM = b"\x1a\x45\xdf\xa3" + bytes(20)
VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(10) + b"\x40\x01\xf0\x00"
VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(4) + b"\x2f\x3f\xc1\x3b\x00"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(300, 200), FileType("image/png", "image", 300, 200)),
        (jpeg(300, 200), FileType("image/jpeg", "image", 300, 200)),
        (webp(300, 200), FileType("image/webp", "image", 300, 200)),
        (VP8, FileType("image/webp", "image", 320, 240)),
        (VP8L, FileType("image/webp", "image", 320, 240)),
        (gif(1, 300, 200), FileType("image/gif", "image", 300, 200)),
        (gif(2, 300, 200), FileType("image/gif", "gif", 300, 200)),
        (mp4(), FileType("video/mp4", "video")),
        (mp4(brand=b"qt  "), FileType("video/quicktime", "video")),
        (mp4(brand=b"heic"), FileType("image/heic", "image")),
        (mp4(brand=b"avif"), FileType("image/avif", "image")),
        (WEBM, FileType("video/webm", "video")),
        (b"<svg onload='alert(1)'>", FileType("application/octet-stream", "")),
        (b"", FileType("application/octet-stream", "")),
        (b"\x89PNG\r\n\x1a\n", FileType("image/png", "image")),
        (b"\xff\xd8\xff", FileType("image/jpeg", "image")),
    ],
)
def test_a_file_is_what_its_bytes_say(tmp_path, content, found):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert recognise(path) == found
