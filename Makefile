PYTHON ?= python3
PORT ?= 7071
REQUIRE_KEY ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test lint format prove docs clean
.DEFAULT_GOAL := help

help: ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.installed ## Serve the app on http://localhost:7071 (PORT=…, REQUIRE_KEY=…)
	@$(BIN)/python -m local_host --port $(PORT) $(if $(REQUIRE_KEY),--require-key "$(REQUIRE_KEY)")

test: $(VENV)/.installed-dev ## Run every test that can run here
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## Check format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/cog --check -I . README.md

format: $(VENV)/.installed-dev ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

prove: $(VENV)/.installed-dev ## Run the long proofs and write their figures to docs/
	@$(BIN)/python -m benchmarks.prove

docs: $(VENV)/.installed-dev ## Compute the figures in the README anew
	@$(BIN)/cog -r -I . README.md

clean: ## Remove the environments
	@rm -rf $(VENV) .venvs

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.txt
	@echo "Installing what the app needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml requirements.txt
	@echo "Installing what training and tests need into $(VENV) (TensorFlow is large) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[training,dev]'
	@touch $@
