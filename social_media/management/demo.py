"""`make demo`: everything on this machine, with a simulator for the networks.

State, secrets included, lives in .stationmaster/demo; no .env and no server is used.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from social_media.management.environment import fresh_secrets, write_private
from social_media.management.supervise import (
    ROOT,
    PortError,
    port_of,
    prepare,
    process_environment,
    require_free,
    supervise,
)

PROCESSES = ("simulator", "web", "posting", "media", "scan", "beat")
#: The simulator's page, X, Bluesky, Mastodon and the server that resembles Mastodon.
SIMULATOR_PORTS = 5


@dataclass(frozen=True, slots=True)
class Demo:
    """Where one demo keeps its state and listens."""

    state: Path
    port: int
    simulator_port: int

    @classmethod
    def from_environment(cls) -> Demo:
        """As DEMO_STATE, PORT and SIMULATOR_PORT say. Raises NoPort."""
        port = os.environ.get("PORT", "8000")
        simulator = os.environ.get("SIMULATOR_PORT", "8900")
        return cls(
            state=Path(os.environ.get("DEMO_STATE", ROOT / ".stationmaster" / "demo")),
            port=port_of(port, "PORT"),
            simulator_port=port_of(simulator, "SIMULATOR_PORT", used=SIMULATOR_PORTS),
        )

    @property
    def url(self) -> str:
        """Base URL of the web process."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        """Base URL of the simulator's page."""
        return f"http://127.0.0.1:{self.simulator_port}"


def demo_environment(demo: Demo) -> dict[str, str]:
    """The settings of the demo, whatever .env and the shell say."""
    network = {
        name: f"http://127.0.0.1:{demo.simulator_port + offset}"
        for offset, name in enumerate(("X", "BLUESKY", "MASTODON"), start=1)
    }
    return process_environment(
        {
            **stored_secrets(demo.state / "secrets"),
            "ENV_FILE": os.devnull,
            "STATE_DIR": str(demo.state),
            "STATIC_ROOT": str(demo.state / "static"),
            "PROMETHEUS_MULTIPROC_DIR": str(demo.state / "metrics"),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "BROKER_URL": "",
            "DEBUG": "false",
            "HTTPS": "false",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "ALLOW_PRIVATE_HOSTS": "true",
            **{f"{name}_API_URL": url for name, url in network.items()},
            "X_WEB_URL": network["X"],
            "BLUESKY_WEB_URL": network["BLUESKY"],
            "BLUESKY_VIDEO_URL": network["BLUESKY"],
            "X_CLIENT_ID": "simulated-client",
            "LOG_FORMAT": "console",
            "PORT": str(demo.port),
            "SIMULATOR_PORT": str(demo.simulator_port),
            "PUBLISHING_SLOTS": "10",
            "MEDIA_SLOTS": "1",
            "MEDIA_DIR": str(demo.state / "media"),
            "MEDIA_WORK_DIR": str(demo.state / "media-work"),
            "MEDIA_S3_BUCKET": "",
        }
    )


def stored_secrets(path: Path) -> dict[str, str]:
    """The demo's own secrets, made at the first call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = fresh_secrets()
        write_private(path, "".join(f"{name}={made[name]}\n" for name in made))
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@contextmanager
def seeding(demo: Demo, environment: dict[str, str]) -> Iterator[None]:
    """Meanwhile, `seed_demo` waits for the servers, fills them and says where to look.

    In a session of its own, so that Ctrl-C reaches it through us only.
    """
    command = [
        sys.executable,
        str(ROOT / "manage.py"),
        "seed_demo",
        f"--web={demo.url}",
        f"--simulator={demo.simulator_url}",
    ]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    """Start everything; end with it."""
    try:
        demo = Demo.from_environment()
        require_free(demo.port, "PORT")
        for offset in range(SIMULATOR_PORTS):
            require_free(demo.simulator_port + offset, "SIMULATOR_PORT")
        environment = demo_environment(demo)
        sys.stdout.write("Preparing the demo's database ...\n")
        sys.stdout.flush()
        prepare(environment)
    except PortError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except KeyboardInterrupt:
        return 130
    with seeding(demo, environment):
        return supervise(PROCESSES, environment)


if __name__ == "__main__":
    sys.exit(main())
