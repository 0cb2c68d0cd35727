"""The script that makes and rotates the receipt keys, against a vault of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sentiment.settings import read_settings
from tests.support.pythons import ROOT

SCRIPT = ROOT / "infra" / "hooks" / "receipt_keys.sh"
# Stands for the Azure CLI: the secret is a file, and every call is noted.
AZ = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2 $3" in
"keyvault secret list")
    [ -z "${DENIED:-}" ] || exit 1
    case "$*" in *--query*) [ ! -f "$VAULT" ] || echo receipt-keys ;; esac ;;
"keyvault secret show") command cat "$VAULT" && echo ;;
"keyvault secret set")
    while [ "$1" != --file ]; do shift; done
    command cp "$2" "$VAULT" ;;
esac
"""


class Vault:
    def __init__(self, folder: Path) -> None:
        self.secret, self.calls = folder / "secret", folder / "calls"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        (programs / "az").write_text(AZ)
        (programs / "sleep").write_text("#!/bin/sh\n")
        for each in programs.iterdir():
            each.chmod(0o755)
        self._environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "VAULT": str(self.secret),
            "CALLS": str(self.calls),
            "TMPDIR": str(self.temporary),
            "KEY_VAULT": "kv-x",
            "FUNCTION_APP_ID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f",
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", SCRIPT, *arguments],
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
        )

    def change(self, *arguments: str) -> None:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        for key in self.keys():
            assert key not in done.stderr + self.calls.read_text()
        assert list(self.temporary.iterdir()) == []

    def keys(self) -> list[str]:
        return self.secret.read_text().split(",")

    def refreshed(self) -> int:
        return self.calls.read_text().count("configreferences/appsettings/refresh")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_the_first_key_is_made_once(vault: Vault) -> None:
    vault.change("first")
    made = vault.keys()
    vault.change("first")
    assert vault.keys() == made
    assert vault.refreshed() == 1


def test_after_a_rotation_the_new_key_signs_and_the_one_before_verifies(vault: Vault) -> None:
    vault.change("first")
    (first,) = vault.keys()
    vault.change("rotate")
    second, before = vault.keys()
    assert before == first != second
    vault.change("rotate")
    assert vault.keys()[1:] == [second]
    assert vault.refreshed() == 3


def test_retiring_leaves_the_key_that_signs(vault: Vault) -> None:
    vault.change("first")
    vault.change("rotate")
    signing = vault.keys()[0]
    vault.change("retire")
    assert vault.keys() == [signing]


def test_the_app_takes_the_keys_as_they_are_stored(vault: Vault) -> None:
    vault.change("first")
    vault.change("rotate")
    settings = read_settings({"RECEIPT_KEYS": vault.secret.read_text()})
    assert settings.problems == ()
    assert [key.decode() for key in settings.receipt_keys] == vault.keys()


def test_nothing_changes_where_the_vault_cannot_be_read(vault: Vault) -> None:
    done = vault.run("first", DENIED="yes")
    assert done.returncode != 0
    assert "Key Vault Secrets Officer" in done.stderr
    assert not vault.secret.exists()


@pytest.mark.parametrize("arguments", [[], ["again"]])
def test_an_unknown_command_changes_nothing(vault: Vault, arguments: list[str]) -> None:
    assert vault.run(*arguments).returncode != 0
    assert not vault.secret.exists()


def test_a_rotation_without_a_key_fails(vault: Vault) -> None:
    assert vault.run("rotate").returncode != 0
    assert not vault.secret.exists()
