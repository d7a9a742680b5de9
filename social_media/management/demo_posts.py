"""What the demo publishes, and through which accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from social_media.enums import Platform

#: Of an installation that listens on this machine only and has nothing real in it.
EMAIL, PASSWORD = "demo@example.com", "all-aboard-please"

#: Two accounts per network: posts of one leave one by one, of several at once.
ACCOUNTS: Sequence[tuple[Platform, str]] = (
    (Platform.X, "stationmaster"),
    (Platform.X, "night_mail"),
    (Platform.BLUESKY, "stationmaster.example"),
    (Platform.BLUESKY, "night-mail.example"),
    (Platform.MASTODON, "stationmaster"),
    (Platform.MASTODON, "night_mail"),
)

EVERYWHERE: Sequence[Platform] = tuple(Platform)


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One post, on the first or on all accounts of its networks.

    `{at}` in a text becomes its time of day, so that no two runs say the same. `media`
    and `thread_media` (of its parts) are names of demo_pictures.py.
    """

    seconds: int
    content: str
    thread: Sequence[str] = ()
    networks: Sequence[Platform] = EVERYWHERE
    all_accounts: bool = False
    media: Sequence[str] = ()
    thread_media: Sequence[Sequence[str]] = ()

    def accounts(self) -> list[tuple[Platform, str]]:
        """Where it goes: all accounts of its networks, or the first of each."""
        found = {
            network: [account for account in ACCOUNTS if account[0] == network]
            for network in self.networks
        }
        limit = None if self.all_accounts else 1
        return [account for each in found.values() for account in each[:limit]]

    def texts(self, due: datetime) -> tuple[str, ...]:
        """Every part, in order, as it will read."""
        return tuple(
            text.format(at=f"{due:%H:%M:%S}") for text in (self.content, *self.thread)
        )


POSTS: Sequence[DemoPost] = (
    DemoPost(3, "{at}: the first train of the day leaves on time. 🚂"),
    DemoPost(
        10,
        "{at}: how a post gets out exactly once, in three parts. 🧵",
        (
            "At {at} we note it, then call once: https://stationmaster.example/how",
            "If the answer of {at} gets lost, we look before we resend. #ExactlyOnce",
        ),
    ),
    DemoPost(
        18,
        "{at}: the timetable is out: https://stationmaster.example/timetable?day=today",
        all_accounts=True,
    ),
    DemoPost(
        25,
        "{at}: only on X, with an accent or two: ça roule, Größe, 東京駅.",
        networks=(Platform.X,),
    ),
    DemoPost(
        30,
        "{at}: links are found by themselves on Bluesky: stationmaster.example/sky "
        "#trains",
        ("Its thread goes on here, a moment after {at}.",),
        networks=(Platform.BLUESKY,),
        all_accounts=True,
    ),
    DemoPost(
        35,
        "{at}: a longer word for Mastodon, where there is room. Nothing here needs "
        "Redis or PostgreSQL: this demo runs on one file and a folder, and the same "
        "code runs on servers. https://stationmaster.example/operations",
        networks=(Platform.MASTODON,),
        all_accounts=True,
    ),
    DemoPost(
        42,
        "{at}: two trains at the same minute, each on its own track.",
        ("And the second half of it, at {at}. https://stationmaster.example/tracks",),
        all_accounts=True,
    ),
    DemoPost(
        46,
        "{at}: from night to dawn in four pictures. 🌅",
        media=("night.jpg", "late.jpg", "early.jpg", "dawn.jpg"),
    ),
    DemoPost(52, "{at}: mind the gap between platforms: there is none. 🚉"),
    DemoPost(
        55,
        "{at}: red, green, red, green: an animation, uploaded before its time.",
        media=("signal.gif",),
    ),
    DemoPost(
        60,
        "{at}: and a film at the end of the line.",
        ("What {at} looked like from the other platform.",),
        media=("departure.mp4",),
        thread_media=(("gone.jpg",),),
    ),
)


#: In a queue with one slot a day: the first goes out in a minute, the others wait.
QUEUE = "Departures"
QUEUED: Sequence[DemoPost] = (
    DemoPost(0, "{at}: filed, and off with the next slot.", all_accounts=True),
    DemoPost(0, "Filed at {at}: tomorrow, at the same time.", all_accounts=True),
    DemoPost(0, "Filed at {at}: and one for the day after.", all_accounts=True),
)
#: Comes once a week, for the first time in so many seconds.
RECURRING = "Weekly timetable"
RECURRED = DemoPost(
    57, "Timetable number {{counter}}, {{weekday}} {{date}} at {{time}}. 🔁"
)


def due_posts() -> Sequence[DemoPost]:
    """What goes out while one watches; the others wait for another day."""
    return (*POSTS, QUEUED[0], RECURRED)


def visible_posts() -> int:
    """How many posts stand on the networks when all of the demo is out."""
    return sum(len(post.accounts()) * (1 + len(post.thread)) for post in due_posts())
