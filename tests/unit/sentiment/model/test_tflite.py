from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.model.bundle import BundleError
from sentiment.model.tflite import find_interpreter


def test_a_runtime_that_is_installed_but_does_not_load_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name, code in (("broken_runtime", "raise ImportError('no .dylib')"), ("good", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "interpreter.py").write_text(f"{code}\nInterpreter = 7")
    with pytest.raises(BundleError, match=r"^broken_runtime is installed, but does not load: no"):
        find_interpreter(["broken_runtime", "absent"])
    assert find_interpreter(["broken_runtime", "good"]) == 7


def test_without_a_runtime_the_error_says_on_which_machines_there_is_one() -> None:
    with pytest.raises(BundleError, match="Linux, Windows and Macs with Apple silicon: pip"):
        find_interpreter(["absent", "missing"])
