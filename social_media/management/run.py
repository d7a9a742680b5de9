"""`make run`: web, workers and beat on the settings in .env."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import environ

from social_media.management.supervise import (
    ROOT,
    PortError,
    port_of,
    prepare,
    process_environment,
    require_free,
    supervise,
)

PROCESSES = ("web", "posting", "media", "scan", "beat")
DEFAULTS = {"PORT": "8000", "PUBLISHING_SLOTS": "50", "MEDIA_SLOTS": "2"}


def main() -> int:
    """Start everything; end with it."""
    env_file = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
    if not env_file.exists():
        sys.stderr.write(
            f"There is no {env_file.name} yet. `make env` writes one with fresh "
            "secrets; `make demo` needs none.\n"
        )
        return 1
    environ.Env.read_env(env_file, overwrite=False)
    chosen = {name: os.environ.get(name, DEFAULTS[name]) for name in DEFAULTS}
    environment = process_environment(chosen)
    try:
        require_free(port_of(environment["PORT"], "PORT"), "PORT")
        prepare(environment)
    except PortError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"Stationmaster is at http://127.0.0.1:{environment['PORT']}/\n")
    return supervise(PROCESSES, environment)


if __name__ == "__main__":
    sys.exit(main())
