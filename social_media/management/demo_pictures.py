"""What the demo shows: five pictures, an animation and a film, painted when needed."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

from accounts.models import User, Workspace
from social_media.media.intake import Received
from social_media.media.scratch import work_folder
from social_media.media.upload import Described, add
from social_media.models import MediaFile

WIDTH, HEIGHT = 1280, 720
FILM_SECONDS, RATE = 4, 25
_NIGHT, _DAWN = (16, 22, 44), (236, 128, 72)
_CAMERA_TAG = 0x010F


def painted(*, hour: float, train: float) -> Image.Image:
    """A station: `hour` from 0, night, to 1, dawn; `train` from 0, left, to 1."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    for y in range(HEIGHT):
        low = min(1.0, hour * y / HEIGHT * 1.6)
        shade = [round(a + (b - a) * low) for a, b in zip(_NIGHT, _DAWN, strict=True)]
        draw.line(((0, y), (WIDTH, y)), fill=tuple(shade))
    draw.rectangle((0, 560, WIDTH, HEIGHT), fill=(28, 28, 34))
    for x in range(-40, WIDTH, 48):
        draw.rectangle((x, 612, x + 26, 622), fill=(70, 58, 48))
    draw.rectangle((0, 600, WIDTH, 606), fill=(150, 150, 160))
    _paint_train(draw, round(-700 + train * (WIDTH + 700)))
    return image


def _paint_train(draw: ImageDraw.ImageDraw, left: int) -> None:
    for car in range(3):
        x = left + car * 236
        draw.rounded_rectangle((x, 470, x + 226, 592), radius=18, fill=(178, 40, 46))
        for window in range(4):
            at = x + 18 + window * 50
            draw.rounded_rectangle((at, 492, at + 38, 534), 6, fill=(255, 232, 170))
        for wheel in (x + 48, x + 178):
            draw.ellipse((wheel - 16, 578, wheel + 16, 610), fill=(20, 20, 24))


def picture(number: int) -> bytes:
    """One of five, as a camera would store it: with its name in it."""
    image = painted(hour=number / 4, train=0.3 + 0.13 * number)
    exif = Image.Exif()
    exif[_CAMERA_TAG] = "Stationmaster's camera"
    return _saved(image, "JPEG", quality=88, exif=exif)


def animation() -> bytes:
    """A signal that changes from red to green."""
    frames = [_signal(lit=frame % 2) for frame in range(6)]
    options = {"append_images": frames[1:], "duration": 500, "loop": 0}
    return _saved(frames[0], "GIF", save_all=True, **options)


def _signal(*, lit: int) -> Image.Image:
    image = Image.new("RGB", (360, 360), _NIGHT)
    draw = ImageDraw.Draw(image)
    draw.rectangle((170, 200, 190, 360), fill=(90, 90, 100))
    draw.rounded_rectangle((110, 40, 250, 230), 30, fill=(24, 24, 28))
    lights = (((220, 50, 50), 60), ((60, 200, 90), 145))
    for number, (colour, top) in enumerate(lights):
        shade = colour if number == lit else (50, 50, 54)
        draw.ellipse((145, top, 215, top + 70), fill=shade)
    return image


def film() -> bytes:
    """The train comes and goes, with a horn that fades."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        pictures = container.add_stream("h264", rate=RATE)
        pictures.width, pictures.height, pictures.pix_fmt = 640, 360, "yuv420p"
        horn = container.add_stream("aac", rate=44_100, layout="mono")
        frames = FILM_SECONDS * RATE
        for number in range(frames):
            image = painted(hour=0.8, train=number / frames).resize((640, 360))
            frame = av.VideoFrame(640, 360, "rgb24")
            frame.planes[0].update(image.tobytes())
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        for sound in _horn():
            container.mux(horn.encode(sound))
        container.mux(horn.encode(None))
    return target.getvalue()


def _horn() -> list[av.AudioFrame]:
    frames = []
    for begin in range(0, FILM_SECONDS * 44_100, 1024):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        samples = memoryview(bytearray(1024 * 4)).cast("f")
        for place in range(1024):
            moment = (begin + place) / 44_100
            volume = 0.2 * math.exp(-moment)
            samples[place] = volume * math.sin(2 * math.pi * 392 * moment)
        frame.planes[0].update(bytes(samples.cast("B")))
        frame.rate, frame.pts, frame.time_base = 44_100, begin, Fraction(1, 44_100)
        frames.append(frame)
    return frames


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


#: By the names that demo_posts.py uses: how each is made, and its alternative text.
SHOWN: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "night.jpg": (lambda: picture(0), "A red train in a station at night."),
    "late.jpg": (lambda: picture(1), "The same train, the sky a little lighter."),
    "early.jpg": (lambda: picture(2), "The train has moved on; the sky glows."),
    "dawn.jpg": (lambda: picture(3), "The train leaves the station at dawn."),
    "gone.jpg": (lambda: picture(4), "The last car of the train leaves the picture."),
    "signal.gif": (animation, "A signal that changes from red to green."),
    "departure.mp4": (film, "A red train passes through the station at dawn."),
}


def upload(name: str, *, workspace: Workspace, user: User) -> MediaFile:
    """The file of this name, uploaded unless the workspace has it already."""
    make, alt_text = SHOWN[name]
    with work_folder("demo") as folder:
        file, _ = add(
            workspace,
            _received(name, make(), folder),
            described=Described(alt_text=alt_text),
            user=user,
        )
    return file


def _received(name: str, data: bytes, folder: Path) -> Received:
    path = folder / "upload"
    path.write_bytes(data)
    return Received(name, path, len(data), hashlib.sha256(data).hexdigest())
