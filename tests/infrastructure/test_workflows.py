"""The pipelines: linted, pinned, with the least permissions, and with commands that exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import operations.cli
import training.cli
from tests.support.pythons import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
NAMES = ("ci", "deploy", "proofs", "train")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
VARIABLE = re.compile(r"vars\.(\w+)")
PROGRAMS = Path(sys.executable).parent


def source(name: str) -> str:
    return (WORKFLOWS / f"{name}.yml").read_text()


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(source(name))["jobs"]
    return found


def scripts(name: str) -> str:
    steps = [step for job in jobs(name).values() for step in job["steps"]]
    return "\n".join(step.get("run", "") for step in steps).replace("\\\n", " ")


def test_there_are_no_other_workflows() -> None:
    assert {path.stem for path in WORKFLOWS.iterdir()} == set(NAMES)


def test_actionlint_finds_nothing() -> None:
    files = [WORKFLOWS / f"{name}.yml" for name in NAMES]
    done = subprocess.run([PROGRAMS / "actionlint", *files], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_zizmor_finds_nothing() -> None:
    command = [PROGRAMS / "zizmor", "--offline", "--no-progress", "--format=plain", WORKFLOWS]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "GITHUB_ACTIONS": ""}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_to_a_commit(name: str) -> None:
    used = re.findall(r"uses: (.+)", source(name))
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_job_may_do_no_more_than_it_must(name: str) -> None:
    assert yaml.safe_load(source(name))["permissions"] == {}
    for job in jobs(name).values():
        permissions = dict(job["permissions"])
        assert permissions.pop("contents") == "read"
        # GitHub's token is good for Azure only in an environment, which people can protect.
        assert (permissions.pop("id-token", None) == "write") == ("environment" in job)
        assert set(permissions.items()) <= {("actions", "read")}
        assert job["timeout-minutes"] <= 360


def test_ci_tests_every_python_that_is_promised() -> None:
    assert jobs("ci")["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    commands = scripts("ci")
    for command in ("make lint", "make test PYTEST_ARGS=--no-skips", "bicep build", "bicep lint",
                    "make package", "make policy", "pip-audit", "detect-secrets"):  # fmt: skip
        assert command in commands


def test_the_proofs_run_every_night() -> None:
    assert "schedule" in source("proofs")
    assert "make proofs" in scripts("proofs")


def test_what_is_deployed_is_what_was_built_and_never_built_again() -> None:
    commands = scripts("deploy")
    deployments = re.findall(r"config-zip .*", commands)
    assert len(deployments) == 2
    assert all("--build-remote false" in each for each in deployments)
    assert "make package" in jobs("deploy")["build"]["steps"][-2]["run"]
    assert "SCM_DO_BUILD" not in source("deploy")
    azd = yaml.safe_load((ROOT / "azure.yaml").read_text())
    assert azd["services"]["app"]["remoteBuild"] is False
    assert "deploy app --from-package build/package.zip" in str(azd["workflows"])


def test_a_deployment_that_fails_is_undone_with_the_package_before() -> None:
    steps = {step.get("name"): step for step in jobs("deploy")["deploy"]["steps"]}
    order = list(steps)
    kept = order.index("Get the package of the last deployment that succeeded")
    key = order.index("Get a key of the app")
    assert kept < order.index("Deploy") < key < order.index("Ask it")
    undoing = steps["Go back to the package before"]
    assert "failure()" in undoing["if"]
    for step in ("deploy", "key", "smoke"):
        assert f"steps.{step}.outcome == 'failure'" in undoing["if"]
    # What goes back is asked with the same key, although the deployment before it failed.
    assert "steps.deploy.outcome == 'failure'" in steps["Get a key of the app"]["if"]
    for name in ("Ask it", "Go back to the package before"):
        assert 'python -m deployment smoke "$FUNCTION_APP_URL"' in steps[name]["run"]
        assert "SENTIMENT_KEY" not in steps[name]["run"]
    assert "previous/package.zip" in undoing["run"]
    upload = jobs("deploy")["build"]["steps"][-1]["with"]
    assert upload["retention-days"] == 90


# Stands for the Azure CLI: the key is there at the third call, or never.
AZ = """#!/bin/sh
echo >>"$CALLS"
[ "$(wc -l <"$CALLS")" -ge "$THERE_AT" ] && echo k3y
"""


def get_key(folder: Path, there_at: int) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the step as GitHub does; return what it told, and what later steps get."""
    (step,) = (each for each in jobs("deploy")["deploy"]["steps"] if each.get("id") == "key")
    for name, content in {"az": AZ, "sleep": "#!/bin/sh\n"}.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)
    later = folder / "environment"
    later.touch()
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CALLS": str(folder / "calls"),
        "THERE_AT": str(there_at),
        "RESOURCE_GROUP": "g",
        "FUNCTION_APP": "f",
        "GITHUB_ENV": str(later),
    }
    command = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return done, later.read_text()


def test_the_key_of_a_deployment_is_masked_and_known_to_all_steps_after(tmp_path: Path) -> None:
    done, later = get_key(tmp_path, there_at=3)
    assert (done.returncode, done.stdout) == (0, "::add-mask::k3y\n")
    assert later == "SENTIMENT_KEY=k3y\n"


def test_a_deployment_without_a_key_fails(tmp_path: Path) -> None:
    done, later = get_key(tmp_path, there_at=99)
    assert (done.returncode, later) == (1, "")
    assert "no host key" in done.stdout


def training_commands() -> list[tuple[str, list[str]]]:
    """Return the program and the arguments of every command of ours that the pipeline calls."""
    found = re.findall(
        r"-m (training|operations) ([a-z].*)|\brun ((?!\()[a-z].*)", scripts("train")
    )
    return [(program or "training", _words(given or own)) for program, given, own in found]


def _words(command: str) -> list[str]:
    ended = re.split(r"\|{1,2}|\)$|>|;", command)[0]
    return shlex.split(re.sub(r"\$\{?\w+\}?", "7", ended))


def test_every_command_of_the_training_pipeline_exists() -> None:
    commands = training_commands()
    used = {" ".join(each[: 2 if each[0] == "feedback" else 1]) for _, each in commands}
    assert used == {
        "feedback purge", "feedback count", "feedback export", "drift", "list", "publish",
        "retrain",
    }  # fmt: skip
    programs = {"training": training.cli.app, "operations": operations.cli.app}
    for program, command in commands:
        programs[program].parse_args(command, exit_on_error=False, print_error=False)


def test_the_training_pipeline_prints_no_tweet() -> None:
    for _, command in training_commands():
        assert command[:2] != ["feedback", "list"]
    assert "upload-artifact" not in source("train")
    assert not re.search(r"\b(cat|head|tail|less)\b", scripts("train"))


def test_nothing_is_trained_below_the_threshold() -> None:
    steps = jobs("train")["train"]["steps"]
    count = next(at for at, step in enumerate(steps) if step.get("id") == "count")
    assert all("steps." in step["if"] for step in steps[count + 1 :])


def test_the_pipeline_signs_in_again_before_it_publishes() -> None:
    steps = jobs("train")["train"]["steps"]
    names = [step.get("name", step.get("uses", "").partition("@")[0]) for step in steps]
    training = names.index("Train, and compare with the model that is served")
    assert "azure/login" in names[training : names.index("Publish")]


def test_the_next_challenger_goes_on_from_the_model_that_was_published() -> None:
    steps = {step.get("name"): step for step in jobs("train")["train"]["steps"]}
    order = list(steps)
    pushing = steps["Let the next challenger go on from this one"]
    assert order.index("Publish") < order.index(pushing["name"])
    assert pushing["if"] == steps["Publish"]["if"] == "steps.train.outputs.wins == 'true'"
    training = steps["Train, and compare with the model that is served"]["run"]
    (written,) = re.findall(r'--checkpoint-out ("\S+")', training)
    assert f'--destination-path "$FLOAT_MODEL" --source {written} --overwrite' in pushing["run"]
    # What is stored under the folder's own name is what is fetched and begun with.
    assert 'for stored in "$BASE_DATA" "$FLOAT_MODEL/*"' in training
    assert '--init-from "$RUNNER_TEMP/$FLOAT_MODEL"' in training


def test_every_variable_is_described() -> None:
    guide = (ROOT / "docs" / "operate.md").read_text()
    variables = {each for name in NAMES for each in VARIABLE.findall(source(name))}
    assert [each for each in sorted(variables) if f"`{each}`" not in guide] == []
