"""A repository whose code is committed anew while a model is fitted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.models.base import FittedModel, TrainingTask
from training.models.catalog import FAMILIES

BEFORE, AFTERWARDS = "a" * 40, "b" * 40


def commit_during_fits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git tell of ``BEFORE``, and once a logistic regression is fitted of ``AFTERWARDS``."""
    commit, programs = folder / "commit", folder / "programs"
    programs.mkdir()
    commit.write_text(BEFORE)
    git = programs / "git"
    git.write_text(f"#!/bin/sh\ncat '{commit}'\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    fit = FAMILIES["logistic"].fit

    def fit_and_commit(task: TrainingTask, chosen: Any) -> FittedModel:
        commit.write_text(AFTERWARDS)
        return fit(task, chosen)

    changed = replace(FAMILIES["logistic"], fit=fit_and_commit)
    monkeypatch.setitem(FAMILIES, "logistic", changed)
