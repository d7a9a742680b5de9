"""All settings, read from the environment (.env.example explains each one).

Without DATABASE_URL and REDIS_URL everything runs embedded on this machine: SQLite
and Celery's filesystem transport, under STATE_DIR.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import files_broker, logs, schema
from config.database import postgresql_options, sqlite_options
from config.environment import Environment, writable_folder
from config.limits import require_lease, require_room, require_some
from config.networks import networks_from
from config.secrets import Secrets
from config.storage import media_storage

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
env.smart_cast = False
# The demo and the tests have settings of their own and must not read yours.
Environment.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"), overwrite=False)

# --- Safety ------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=not DEBUG)


secrets = Secrets(env, strict=not DEBUG)
SECRET_KEY = secrets.text(
    "SECRET_KEY", "a long random text that signs sessions; `make env` writes one."
)
FIELD_ENCRYPTION_KEYS = secrets.fernet_keys("FIELD_ENCRYPTION_KEYS")
JWT_SIGNING_KEY = (
    secrets.text("JWT_SIGNING_KEY", "a long random text, or nothing to use SECRET_KEY.")
    if env.str("JWT_SIGNING_KEY", default="")
    else SECRET_KEY
)
# Flower reads it by itself; every process of an installation sees it.
if _flower := env.str("FLOWER_BASIC_AUTH", default=""):
    secrets.refuse_weak_password("FLOWER_BASIC_AUTH", _flower.partition(":")[2])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool(
    "HSTS_INCLUDE_SUBDOMAINS", default=True
)
SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_PRELOAD", default=False)
# Browsers' preload lists are left only after months: the owner of the domain decides.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=1_000_000)

# --- Application -------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "accounts",
    "social_media",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "social_media.api.length.length_required",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- Where state lives -------------------------------------------------------------

STATE_DIR = Path(env.str("STATE_DIR", default=str(BASE_DIR / ".stationmaster")))
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
BROKER_URL = env.str("BROKER_URL", default=REDIS_URL)
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0.")
if BROKER_URL and "://" not in BROKER_URL:
    raise ImproperlyConfigured("BROKER_URL must look like redis://host:6379/0.")


def database() -> dict[str, Any]:
    """The database that DATABASE_URL names, else SQLite under STATE_DIR."""
    url = DATABASE_URL
    if not url:
        url = f"sqlite:///{writable_folder('STATE_DIR', STATE_DIR) / 'db.sqlite3'}"
    if not url.startswith(("postgres://", "postgresql://", "sqlite://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must name PostgreSQL, such as "
            "postgres://user:password@host:5432/name, or SQLite."
        )
    try:
        found: dict[str, Any] = dict(env.db_url_config(url))
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL has no number for a port.") from None
    secrets.refuse_placeholder("DATABASE_URL", found["PASSWORD"])
    if found["ENGINE"].endswith("sqlite3"):
        found["OPTIONS"] = sqlite_options()
    else:
        found["CONN_HEALTH_CHECKS"] = True
        found["OPTIONS"] = postgresql_options(env) | found.get("OPTIONS", {})
    return found


DATABASES = {"default": database()}

_CACHES = "django.core.cache.backends."
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MANIFEST_STRICT = False

# --- Pictures and videos -------------------------------------------------------------

MEDIA_DIR = Path(env.str("MEDIA_DIR", default=str(STATE_DIR / "media")))
_FILES = "django.core.files.storage.FileSystemStorage"
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": _FILES},
    "staticfiles": {"BACKEND": _STATIC},
    "media": media_storage(env, folder=MEDIA_DIR),
}
#: Uploads are checked and made ready in this folder before they are stored.
MEDIA_WORK_DIR = Path(env.str("MEDIA_WORK_DIR", default=str(STATE_DIR / "media-work")))
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", default=2_000_000_000)
MEDIA_MAX_PIXELS = env.int("MEDIA_MAX_PIXELS", default=50_000_000)
MEDIA_MAX_SECONDS = env.int("MEDIA_MAX_SECONDS", default=4 * 3600)
MEDIA_MAX_FRAMES = env.int("MEDIA_MAX_FRAMES", default=2000)
MEDIA_QUOTA_BYTES = env.int("MEDIA_QUOTA_BYTES", default=20_000_000_000)
MEDIA_URL_SECONDS = env.int("MEDIA_URL_SECONDS", default=3600)
MEDIA_SLOTS = env.int("MEDIA_SLOTS", default=2)
MEDIA_SCAN_EVERY = timedelta(seconds=env.float("MEDIA_SCAN_SECONDS", default=1.0))
MEDIA_LEASE = timedelta(seconds=env.float("MEDIA_LEASE_SECONDS", default=60))
MEDIA_RETRY_DELAYS = [
    timedelta(seconds=seconds)
    for seconds in env.list("MEDIA_RETRY_SECONDS", cast=float, default=[10, 60, 300])
]
require_some("MEDIA_RETRY_SECONDS", MEDIA_RETRY_DELAYS)
#: Uploads to networks begin so long before a post is due.
PREPARE_AHEAD = timedelta(seconds=env.float("PREPARE_AHEAD_SECONDS", default=600))

# --- Celery ------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL or f"{files_broker.SCHEME}://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if not BROKER_URL:
    _messages = STATE_DIR / "broker"
    for _folder in ("messages", "control"):
        writable_folder("STATE_DIR", _messages / _folder)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_messages / "messages"),
        "data_folder_out": str(_messages / "messages"),
        "control_folder": str(_messages / "control"),
        "polling_interval": 0.1,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }

CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = {
    "scan.*": {"queue": "scan"},
    "posting.*": {"queue": "posting"},
    "analytics.*": {"queue": "analytics"},
    "media.*": {"queue": "media"},
    "default.*": {"queue": "default"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 5
CELERY_BEAT_SCHEDULER = "social_media.tasks.schedule:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1

# --- Publishing --------------------------------------------------------------------

SCAN_EVERY = timedelta(seconds=env.float("SCAN_SECONDS", default=0.5))
SCAN_BATCH = env.int("SCAN_BATCH", default=500)
PUBLISHING_SLOTS = env.int("PUBLISHING_SLOTS", default=50)
#: Uploads ahead of time take publishing slots, in all so many.
PREPARE_SLOTS = env.int("PREPARE_SLOTS", default=max(1, min(8, PUBLISHING_SLOTS // 2)))
require_room("PREPARE_SLOTS", PREPARE_SLOTS, of=PUBLISHING_SLOTS)
MAX_QUEUED = env.int("MAX_QUEUED", default=4 * PUBLISHING_SLOTS)
BELL_STALE_AFTER = timedelta(seconds=env.float("BELL_STALE_SECONDS", default=20))
LEASE = timedelta(seconds=env.float("LEASE_SECONDS", default=45))
CHAIN_LIMIT = env.int("CHAIN_LIMIT", default=10)
RETRY_DELAYS = [
    timedelta(seconds=seconds)
    for seconds in env.list(
        "RETRY_SECONDS", cast=float, default=[30, 120, 600, 1800, 3600]
    )
]
require_some("RETRY_SECONDS", RETRY_DELAYS)
RETRY_JITTER = env.float("RETRY_JITTER", default=0.1)
# A folder for tests only: social_media/failpoints.py.
FAILPOINTS = env.str("FAILPOINTS", default="")
if FAILPOINTS and not Path(FAILPOINTS).is_dir():
    raise ImproperlyConfigured("FAILPOINTS must be a folder; in production, nothing.")
RECONCILE_GIVE_UP_AFTER = timedelta(
    seconds=env.float("RECONCILE_GIVE_UP_SECONDS", default=24 * 3600)
)
PROCESSING_GIVE_UP_AFTER = timedelta(
    seconds=env.float("PROCESSING_GIVE_UP_SECONDS", default=2 * 3600)
)
REFRESH_BEFORE_EXPIRY = timedelta(
    seconds=env.float("REFRESH_BEFORE_EXPIRY_SECONDS", default=600)
)

NETWORKS = networks_from(env)
require_lease(LEASE, NETWORKS)

# --- Planning ----------------------------------------------------------------------

PLAN_EVERY = timedelta(seconds=env.float("PLAN_SECONDS", default=10))
QUEUE_MAX_POSTS = env.int("QUEUE_MAX_POSTS", default=1000)
RECURRENCE_HORIZON = timedelta(days=env.float("RECURRENCE_HORIZON_DAYS", default=14))
RECURRENCE_MIN_GAP = timedelta(
    minutes=env.float("RECURRENCE_MIN_GAP_MINUTES", default=5)
)
RECURRENCE_MAX_SCHEDULES = env.int("RECURRENCE_MAX_SCHEDULES", default=500)
PREFLIGHT_BEFORE = sorted(
    (
        timedelta(hours=hours)
        for hours in env.list("PREFLIGHT_HOURS", cast=float, default=[24, 1])
    ),
    reverse=True,
)
require_some("PREFLIGHT_HOURS", PREFLIGHT_BEFORE)
PREFLIGHT_EVERY = timedelta(seconds=env.float("PREFLIGHT_SECONDS", default=30))
CALENDAR_MAX_DAYS = env.int("CALENDAR_MAX_DAYS", default=366)
#: Of one import through the API; `manage.py import_posts` takes any.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=20 * 2**20)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=10_000)
IMPORT_MAX_ADDRESSES = env.int("IMPORT_MAX_ADDRESSES", default=100)
IMPORT_FETCH_SECONDS = env.float("IMPORT_FETCH_SECONDS", default=60)

# --- API ---------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "social_media.api.v1.authentication.TokenAuthentication",
        "social_media.api.v1.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["social_media.api.v1.parsers.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "social_media.api.v1.filters.KnownParameters",
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "social_media.api.v1.filters.StableOrdering",
    ],
    "DEFAULT_PAGINATION_CLASS": "social_media.api.v1.pagination.Pages",
    "PAGE_SIZE": 20,
    "DEFAULT_SCHEMA_CLASS": "social_media.api.v1.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": [
        "social_media.api.v1.throttles.AnonThrottle",
        "social_media.api.v1.throttles.CallerThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("THROTTLE_ANON", default="60/min"),
        "user": env.str("THROTTLE_USER", default="1200/min"),
        "sign_in": env.str("THROTTLE_SIGN_IN", default="10/min"),
        "calendar_feed": env.str("THROTTLE_CALENDAR_FEED", default="30/min"),
    },
    # Proxies in front of us: an address that a client merely claims doesn't count.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "social_media.api.v1.errors.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(
        minutes=env.int("JWT_ACCESS_MINUTES", default=15)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("JWT_REFRESH_DAYS", default=14)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    # A changed password ends every session.
    "CHECK_REVOKE_TOKEN": True,
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "AUTH_HEADER_TYPES": ("Bearer",),
}

SPECTACULAR_SETTINGS = schema.SPECTACULAR_SETTINGS

# --- Logs and figures --------------------------------------------------------------

LOGGING_CONFIG = None
LOG_LEVEL = env.one_of("LOG_LEVEL", logs.LEVELS, default="INFO")
LOG_FORMAT = env.one_of("LOG_FORMAT", logs.FORMS, default="json")
logs.configure(level=LOG_LEVEL, form=LOG_FORMAT)

# Every process counts in files of its own here; prometheus_client reads the variable.
METRICS_DIR = Path(
    env.str("PROMETHEUS_MULTIPROC_DIR", default=str(STATE_DIR / "metrics"))
)
with suppress(OSError):  # figures are done without, and the log says so
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
READY_MAX_BEAT_AGE = timedelta(seconds=env.float("READY_MAX_BEAT_SECONDS", default=30))
READY_MAX_LATENESS = timedelta(seconds=env.float("READY_MAX_LATE_SECONDS", default=300))
