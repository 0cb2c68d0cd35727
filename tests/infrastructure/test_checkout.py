"""What Git makes of the files on a machine that turns line ends into CRLF, as Windows does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sentiment.model.bundle import read_bundle
from tests.support.pythons import ROOT as APP


def git(*arguments: object) -> None:
    options = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf", "-c", "core.safecrlf=false")
    identity = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
    command = ["git", *options, *identity, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def test_hooks_and_bundles_come_out_of_a_checkout_as_they_went_in(tmp_path: Path) -> None:
    source, checkout = tmp_path / "source", tmp_path / "checkout"
    files = (".gitattributes", "Makefile", "infra/hooks/prepare.sh", ".ci/run")
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(APP / name, source / name)
    shutil.copytree(APP / "model_artifacts", source / "model_artifacts")
    (source / "model_artifacts" / "ngrams.txt").write_bytes(b"good\nbad\r\n")
    git("init", "--quiet", source)
    git("-C", source, "add", "--all")
    git("-C", source, "commit", "--quiet", "--message", "as it is")
    git("clone", "--quiet", source, checkout)
    for name in (*files, "model_artifacts/ngrams.txt"):
        assert (checkout / name).read_bytes() == (source / name).read_bytes()
    assert read_bundle(checkout / "model_artifacts").manifest
