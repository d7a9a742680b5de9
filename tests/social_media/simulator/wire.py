"""Single requests over HTTP, without loading certificates anew for each of them."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=_CONTEXT, trust_env=False)
post = partial(httpx.post, verify=_CONTEXT, trust_env=False)
delete = partial(httpx.delete, verify=_CONTEXT, trust_env=False)
