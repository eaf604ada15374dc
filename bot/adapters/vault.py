"""Keys and secrets: keys, names and comments are sealed with PULSE_SECRET_KEY (Fernet: AES-128-CBC, HMAC-SHA256)."""

import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.domain.errors import Unavailable
from bot.domain.ids import Pseudonym
from bot.domain.people import Person

_KEYS_KEPT = 10_000


class FernetVault:
    """bot.services.ports.Vault. A secret is 32 bytes in URL-safe base64, as `Fernet.generate_key()` makes them.

    It seals with `secret`, and opens what was sealed with it or with one of the `old` ones.
    """

    def __init__(self, secret: str, *old: str) -> None:
        """Raises ValueError when a secret has another shape."""
        self._newest = Fernet(secret.encode())
        self._fernet = MultiFernet([self._newest, *(Fernet(each.encode()) for each in old)])
        self._opened: dict[bytes, bytes] = {}

    def new_key(self) -> bytes:
        """A random 32-byte pseudonym key for a partnership, sealed."""
        return self._fernet.encrypt(secrets.token_bytes(32))

    def pseudonym(self, sealed_key: bytes, person: Person) -> Pseudonym:
        """HMAC-SHA256 of team and user id under the partnership's key, in hexadecimal."""
        key = self._opened.get(sealed_key)
        if key is None:
            if len(self._opened) >= _KEYS_KEPT:
                self._opened.clear()
            key = self._opened[sealed_key] = self._decrypted(sealed_key)
        return Pseudonym(hmac.new(key, f"{person.team_id}/{person.user_id}".encode(), hashlib.sha256).hexdigest())

    def seal(self, text: str) -> bytes:
        """The text, readable only with the secret key."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text of what was sealed; raises Unavailable when it was sealed with another key."""
        return self._decrypted(bytes(sealed)).decode()

    def is_newest(self, sealed: bytes) -> bool:
        """Whether something was sealed with the newest secret."""
        return _opens(self._newest, sealed)

    def opens(self, sealed: bytes) -> bool:
        """Whether one of the secrets opens it."""
        return _opens(self._fernet, sealed)

    def resealed(self, sealed: bytes) -> bytes:
        """The same, sealed with the newest secret; raises Unavailable when none of the secrets opens it."""
        return self._newest.encrypt(self._decrypted(bytes(sealed)))

    def _decrypted(self, sealed: bytes) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unavailable(
                "The bot cannot read its own records: PULSE_SECRET_KEY is not the key they were sealed with. "
                "Whoever runs the bot needs to put the old key back."
            ) from error


def _opens(secrets_: Fernet | MultiFernet, sealed: bytes) -> bool:
    try:
        secrets_.decrypt(bytes(sealed))
    except InvalidToken:
        return False
    return True
