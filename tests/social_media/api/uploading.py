"""Uploads as clients send them."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

MEDIA = "/api/v1/media"


def upload(client, data, name="photo.jpg", **fields):
    given = SimpleUploadedFile(name, data, content_type="text/html")
    return client.post(MEDIA, {"file": given, **fields}, format="multipart")


def shown(client, answer):
    return client.get(f"{MEDIA}/{answer.json()['id']}").json()
