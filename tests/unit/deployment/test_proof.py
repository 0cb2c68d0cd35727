from __future__ import annotations

from pathlib import Path

from deployment.proof import imported_names


def test_imports_are_found_wherever_they_are(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("import a.b\ndef f():\n    from c import d\n    import simplemma.x\n")
    assert imported_names([source]) == {"a.b", "c"}
