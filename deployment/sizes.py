"""How much each part of the deployed package takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

PACKAGES = Path(".python_packages", "lib", "site-packages")
MODEL = "model_artifacts"

MOST_UNZIPPED = 220_000_000
MOST_ZIPPED = 80_000_000


@dataclass
class Size:
    """Bytes in a folder, and packed in the zip file."""

    unzipped: int = 0
    zipped: int = 0


def by_part(folder: Path, packed: Mapping[str, int]) -> dict[str, Size]:
    """Return the size of the app, of the model and of each package, the largest first.

    Args:
        folder: The package.
        packed: The packed size of each file, by its name within the folder.
    """
    owners = {
        str(file): each.name
        for each in distributions(path=[str(folder / PACKAGES)])
        for file in each.files or ()
    }
    parts: dict[str, Size] = {}
    for name, zipped in packed.items():
        part = parts.setdefault(_part(Path(name), owners), Size())
        part.unzipped += (folder / name).stat().st_size
        part.zipped += zipped
    return dict(sorted(parts.items(), key=lambda item: -item[1].unzipped))


def total(parts: Mapping[str, Size]) -> Size:
    """Return the size of all parts together."""
    sizes = parts.values()
    return Size(sum(size.unzipped for size in sizes), sum(size.zipped for size in sizes))


def table(parts: Mapping[str, Size]) -> str:
    """Return a line a part, in megabytes."""
    rows = [*parts.items(), ("total", total(parts))]
    width = max(len(name) for name, _ in rows)
    head = f"{'part':{width}}  unzipped MB  zipped MB"
    lines = [
        f"{name:{width}}  {size.unzipped / 1e6:11.2f}  {size.zipped / 1e6:9.2f}"
        for name, size in rows
    ]
    return "\n".join([head, *lines])


def _part(path: Path, owners: Mapping[str, str]) -> str:
    if path.is_relative_to(PACKAGES):
        file = path.relative_to(PACKAGES)
        if file.parent.name == "__pycache__":  # which no distribution records
            file = file.parent.parent / f"{file.name.partition('.')[0]}.py"
        return owners.get(file.as_posix(), "other")
    return "model" if path.parts[0] == MODEL else "app"
