"""Signed receipts: what was predicted, carried by the client and believed when it comes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.files import PRIVATE, make_private, write_aside

LIFETIME_SECONDS = 7 * 24 * 3600
CLOCK_SKEW_SECONDS = 300
KEY_FILE = "receipt.key"

_FORMAT = 1
_HEAD = struct.Struct(">BI8sBf16s")
_MAC_BYTES = 16
_LONGEST_TOKEN = 512
_KEY_BYTES = 64


class ReceiptError(ValueError):
    """A receipt is not accepted; the message says why."""


@dataclass(frozen=True)
class Receipt:
    """What one prediction was.

    Attributes:
        issued: When, in seconds since 1970.
        nonce: Eight random bytes, so that no two predictions share a receipt.
        positive: Whether the label was "positive".
        probability: That of "positive".
        text_hash: Keyed hash of the text, 16 bytes.
        model_version: Which bundle answered.
    """

    issued: int
    nonce: bytes
    positive: bool
    probability: float
    text_hash: bytes
    model_version: str

    @property
    def feedback_id(self) -> str:
        """The id of the one feedback this prediction can have: 128 bits in hexadecimal."""
        return hashlib.sha256(b"feedback" + self._pack()).hexdigest()[:32]

    def _pack(self) -> bytes:
        head = _HEAD.pack(
            _FORMAT, self.issued, self.nonce, self.positive, self.probability, self.text_hash
        )
        return head + self.model_version.encode()


class ReceiptSigner:
    """Issues, signs and verifies receipts.

    Args:
        keys: The first signs; all verify, so that keys can be rotated.
        clock: Returns the time in seconds since 1970.

    Raises:
        ValueError: There is no key.
    """

    def __init__(self, keys: tuple[bytes, ...], clock: Callable[[], float] = time.time) -> None:
        if not keys:
            raise ValueError("Receipts need at least one key to sign with.")
        self._signing, self._hashing, self._tracing = (
            [hmac.digest(key, use, "sha256") for key in keys]
            for use in (b"receipt", b"text", b"source")
        )
        self._clock = clock

    def issue(
        self, text: str, *, positive: bool, probability: float, model_version: str
    ) -> Receipt:
        """Return the receipt of a prediction that is made now."""
        return Receipt(
            issued=int(self._clock()),
            nonce=secrets.token_bytes(8),
            positive=positive,
            probability=probability,
            text_hash=_digest(self._hashing[0], _encode(text)),
            model_version=model_version,
        )

    def sign(self, receipt: Receipt) -> str:
        """Return the token that stands for a receipt."""
        packed = receipt._pack()
        token = base64.urlsafe_b64encode(packed + _digest(self._signing[0], packed))
        return token.rstrip(b"=").decode()

    def verify(self, token: str) -> Receipt:
        """Return the receipt behind a token that ``sign`` returned.

        Raises:
            ReceiptError: The token is malformed, was not issued here, is older than seven days or
                comes from the future.
        """
        packed, mac = _split(token)
        if not any(hmac.compare_digest(_digest(key, packed), mac) for key in self._signing):
            raise ReceiptError("This prediction_id was not issued by this service.")
        receipt = _unpack(packed)
        age = self._clock() - receipt.issued
        if age > LIFETIME_SECONDS:
            raise ReceiptError("This prediction_id has expired: feedback is taken for seven days.")
        if age < -CLOCK_SKEW_SECONDS:
            raise ReceiptError("This prediction_id was issued in the future: check the clocks.")
        return receipt

    def covers(self, receipt: Receipt, text: str) -> bool:
        """Return whether a text is the one that a receipt was issued for."""
        known = receipt.text_hash.hex()
        return any(hmac.compare_digest(each, known) for each in self.text_hashes(text))

    def text_hashes(self, text: str) -> tuple[str, ...]:
        """Return the hash of a text under each key, any of which feedback may be stored with."""
        return tuple(_digest(key, _encode(text)).hex() for key in self._hashing)

    def hash_source(self, address: str) -> str:
        """Return the keyed hash by which a store distinguishes clients, 128 bits in hexadecimal."""
        return _digest(self._tracing[0], address.encode()).hex()


def read_unverified(token: str) -> Receipt:
    """Return the receipt that a token holds, of whatever age and whoever made it.

    Good enough to find a row by, since the row's id is a hash of everything in the receipt.

    Raises:
        ReceiptError: The token is malformed.
    """
    return _unpack(_split(token)[0])


def _digest(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")[:_MAC_BYTES]


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _malformed() -> ReceiptError:
    return ReceiptError("This is not a prediction_id: send the one that predict returned.")


def _split(token: str) -> tuple[bytes, bytes]:
    if len(token) > _LONGEST_TOKEN:
        raise _malformed()
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    if len(content) <= _HEAD.size + _MAC_BYTES or content[0] != _FORMAT:
        raise _malformed()
    # Unused bits of the last character would give one receipt several spellings.
    if base64.urlsafe_b64encode(content).rstrip(b"=") != token.encode():
        raise _malformed()
    return content[:-_MAC_BYTES], content[-_MAC_BYTES:]


def _unpack(packed: bytes) -> Receipt:
    _, issued, nonce, positive, probability, text_hash = _HEAD.unpack_from(packed)
    try:
        version = packed[_HEAD.size :].decode()
    except UnicodeDecodeError as error:
        raise _malformed() from error
    return Receipt(issued, nonce, bool(positive), probability, text_hash, version)


def local_key(home: Path) -> bytes:
    """Return the key kept in the data folder, made on first use and readable by its owner only.

    Raises:
        OSError: The folder cannot be written, or the key was cut off.
    """
    path = home / KEY_FILE
    if not path.exists():
        _create_key(path)
    key = path.read_bytes()
    if len(key) < _KEY_BYTES:
        raise OSError(f"{path.name} is damaged; remove it, and a new key is made")
    return key


def _create_key(path: Path) -> None:
    make_private(path.parent)
    part = write_aside(path, secrets.token_hex(_KEY_BYTES // 2).encode(), PRIVATE)
    try:
        os.link(part, path)  # fails if another process was first; its key is the one that counts
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
