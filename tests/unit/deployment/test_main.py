from __future__ import annotations

from pathlib import Path

import pytest

from deployment.__main__ import check_size
from deployment.build import Package
from deployment.proof import ProofError
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, Size


@pytest.mark.parametrize(("unzipped", "zipped"), [(1, 0), (0, 1)])
def test_a_package_that_is_too_large_is_refused(tmp_path: Path, unzipped: int, zipped: int) -> None:
    archive = tmp_path / "package.zip"
    with archive.open("wb") as file:
        file.truncate(MOST_ZIPPED)
    parts = {"numpy": Size(MOST_UNZIPPED, 1)}
    check_size(Package(tmp_path, archive, parts))
    with archive.open("ab") as file:
        file.truncate(MOST_ZIPPED + zipped)
    parts["numpy"].unzipped += unzipped
    with pytest.raises(ProofError, match="at most"):
        check_size(Package(tmp_path, archive, parts))
