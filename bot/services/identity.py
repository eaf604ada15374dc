"""New identities: random, so that they betray neither order nor number."""

import base64
import secrets


def new_id(prefix: str) -> str:
    """A short prefix that says what it is, and 100 random bits."""
    return f"{prefix}-{base64.b32encode(secrets.token_bytes(13)).decode().lower().rstrip('=')[:20]}"
