# Wheels are installed in a stage of their own, so that pip and caches stay behind.
FROM python:3.11.14-slim-bookworm AS build

WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        -r requirements.txt


FROM python:3.11.14-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /var/lib/stationmaster --create-home \
    stationmaster
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/stationmaster
COPY manage.py ./
COPY config config
COPY accounts accounts
COPY social_media social_media
COPY static static
COPY templates templates

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIR=/var/lib/stationmaster \
    STATIC_ROOT=/srv/stationmaster/collected

# With secrets of this one command, which the image's settings never see.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(48))") \
    FIELD_ENCRYPTION_KEYS=$(python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())") \
    STATE_DIR=/tmp/build \
    python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", \
     "--logger-class", "config.web_logs.StructuredLogger"]
