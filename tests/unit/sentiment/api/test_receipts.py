from __future__ import annotations

import base64
import contextlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.api.receipts import ReceiptError, ReceiptSigner, local_key, read_unverified

OLD, NEW = b"o" * 32, b"n" * 32


def issue(signer: ReceiptSigner, text: str = "a") -> str:
    receipt = signer.issue(text, positive=True, probability=0.75, model_version="v1-é")
    return signer.sign(receipt)


def as_token(content: bytes) -> str:
    return base64.urlsafe_b64encode(b"\x01" + content).rstrip(b"=").decode()


def test_a_receipt_says_what_was_predicted() -> None:
    signer = ReceiptSigner((NEW,), clock=lambda: 1000.9)
    receipt = signer.verify(issue(signer))
    assert receipt.issued == 1000
    assert (receipt.positive, receipt.probability) == (True, 0.75)
    assert receipt.model_version == "v1-é"
    assert len(receipt.feedback_id) == 32


def test_a_receipt_covers_its_own_text_only() -> None:
    signer = ReceiptSigner((NEW,))
    receipt = signer.verify(issue(signer, "this"))
    assert signer.covers(receipt, "this")
    assert not signer.covers(receipt, "this ")


def test_after_a_rotation_the_old_key_still_verifies() -> None:
    token = issue(ReceiptSigner((OLD,)), "text")
    rotated = ReceiptSigner((NEW, OLD))
    assert rotated.covers(rotated.verify(token), "text")
    with pytest.raises(ReceiptError, match="not issued"):
        ReceiptSigner((NEW,)).verify(token)


@pytest.fixture(scope="module")
def token() -> str:
    """One token for all examples: it is random, and what is drawn depends on it."""
    return issue(ReceiptSigner((NEW,)))


@given(data=st.data())
def test_changing_any_character_makes_a_receipt_invalid(token: str, data: st.DataObject) -> None:
    signer = ReceiptSigner((NEW,))
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABYZaz09-_=+/ é").filter(lambda c: c != token[at]))
    with pytest.raises(ReceiptError):
        signer.verify(token[:at] + other + token[at + 1 :])


@given(st.text(max_size=600))
def test_no_other_string_is_a_receipt(token: str) -> None:
    with pytest.raises(ReceiptError):
        ReceiptSigner((NEW,)).verify(token)


@pytest.mark.parametrize(
    ("age", "accepted"), [(7 * 86400, True), (7 * 86400 + 1, False), (-300, True), (-301, False)]
)
def test_a_receipt_lives_seven_days_and_clocks_may_differ_by_five_minutes(
    age: int, accepted: bool
) -> None:
    now = 10_000_000
    token = issue(ReceiptSigner((NEW,), clock=lambda: now - age))
    signer = ReceiptSigner((NEW,), clock=lambda: now)
    if accepted:
        signer.verify(token)
    else:
        with pytest.raises(ReceiptError):
            signer.verify(token)


def test_a_signer_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        ReceiptSigner(())


def test_the_local_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    key = local_key(tmp_path / "home")
    assert local_key(tmp_path / "home") == key
    assert len(key) >= 32
    (file,) = (tmp_path / "home").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "receipt.key").touch()
    with pytest.raises(OSError, match="damaged"):
        local_key(tmp_path)


def test_a_text_has_a_hash_under_each_key() -> None:
    old, both = ReceiptSigner((OLD,)), ReceiptSigner((NEW, OLD))
    assert both.text_hashes("text") == both.text_hashes("text")[:1] + old.text_hashes("text")
    assert old.verify(issue(old, "text")).text_hash.hex() in both.text_hashes("text")


def test_a_source_is_distinguished_without_its_address() -> None:
    signer = ReceiptSigner((NEW, OLD))
    assert signer.hash_source("192.0.2.1") == signer.hash_source("192.0.2.1")
    others = {ReceiptSigner((OLD,)).hash_source("192.0.2.1"), signer.text_hashes("192.0.2.1")[0]}
    assert signer.hash_source("192.0.2.1") not in others | {signer.hash_source("192.0.2.2")}


def test_an_expired_receipt_of_any_key_still_holds_its_id() -> None:
    signer = ReceiptSigner((OLD,), clock=lambda: 1000)
    token = issue(signer)
    assert read_unverified(token) == signer.verify(token)


@given(st.text(max_size=200) | st.binary(max_size=200).map(as_token))
def test_what_is_no_receipt_holds_no_id(token: str) -> None:
    with contextlib.suppress(ReceiptError):
        assert len(read_unverified(token).feedback_id) == 32
