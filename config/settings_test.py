"""Settings of the test suite: tests/services.py says which servers it uses."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from cryptography.fernet import Fernet

os.environ["ENV_FILE"] = os.devnull
if "STATE_DIR" not in os.environ:  # xdist's workers share that of the first process
    os.environ["STATE_DIR"] = tempfile.mkdtemp(prefix="stationmaster-")
    atexit.register(shutil.rmtree, os.environ["STATE_DIR"], ignore_errors=True)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")
os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ.setdefault("FIELD_ENCRYPTION_KEYS", Fernet.generate_key().decode())
os.environ["HTTPS"] = "false"
os.environ["ALLOW_PRIVATE_HOSTS"] = "true"
os.environ.setdefault("LOG_LEVEL", "WARNING")
# Read by developers' processes only.
os.environ["BROKER_URL"] = os.environ["REDIS_URL"]

from config.settings import *  # noqa: F403
from config.settings import REST_FRAMEWORK, STATIC_ROOT, STORAGES

# WhiteNoise warns where nothing has been collected.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]),
}
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
