from __future__ import annotations

from pathlib import Path

from deployment.build import write_zip
from deployment.sizes import PACKAGES, by_part


def test_sizes_are_given_by_part(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    files: dict[str | Path, str] = {
        "function_app.py": "import json\n",
        "model_artifacts/model.tflite": "m" * 5000,
        PACKAGES / "numpy" / "core.py": "c" * 300,
        PACKAGES / "numpy" / "__pycache__" / "core.cpython-313.pyc": "b" * 200,
        PACKAGES / "numpy" / "tests" / "test_core.py": "t" * 900,
        PACKAGES / "numpy-2.4.6.dist-info" / "RECORD": "numpy/core.py,sha256=x,300\n",
        PACKAGES / "numpy-2.4.6.dist-info" / "METADATA": "Name: numpy\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    packed = write_zip(folder, tmp_path / "package.zip")
    parts = by_part(folder, packed)
    assert parts["model"].unzipped == 5000
    assert parts["app"].unzipped == len("import json\n")
    assert parts["numpy"].unzipped == 300 + 200  # with its bytecode
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert sum(size.unzipped for size in parts.values()) == whole
    assert sum(size.zipped for size in parts.values()) == sum(packed.values())
