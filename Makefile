# Every command of the project. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup train train-shop train-language demo admin shell smoke test test-bot test-unit test-engine test-web lint format types wheel lock clean soak pictures
# A public checkout may hold several Pythons; any from 3.11 on can set up the rest.
PYTHON ?= $(shell command -v python3.11 >/dev/null 2>&1 && python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)
ENGINE := .venv/engine/bin
BOT := .venv/bot/bin
# The demo's shop: trail is simulated and built in, larder is made of public purchases.
SHOP ?= trail
NAME ?= ada
ENGINE_TESTS := $(ENGINE)/python -m pytest tests --ignore=tests/unit/bot --ignore=tests/unit/actions -q -n 2 --dist loadgroup
# What targets that run at once print comes in one piece each, but for a make older than 4.0.
BY_TARGET := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3

help: ## list these commands
	@grep -E '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## environments, web build, secrets; only what is missing; with an NVIDIA card: TORCH_BACKEND=auto make setup
	@$(PYTHON) -m tools.setup

train: setup ## fill the database of SHOP, train its user model, first policy and Rasa model; only what changed
	@$(ENGINE)/python -m tools.train --shop $(SHOP)

train-shop: setup ## the shop's part of make train
	@$(ENGINE)/python -m tools.train --shop $(SHOP) shop

train-language: setup ## the language part of make train
	@$(ENGINE)/python -m tools.train --shop $(SHOP) language

demo: train ## set up and run the whole bot; prints the shop page's address; SHOP=trail (simulated) or SHOP=larder
	@$(ENGINE)/python -m tools.stack --shop $(SHOP)

admin: setup ## make an admin of the demo's console; asks for a password; make admin NAME=ada
	@$(ENGINE)/python -m tools.demo --shop $(SHOP) admin create $(NAME)

shell: train ## talk to the bot by keyboard, signed in as somebody with orders (or make shell CUSTOMER=tt-06637)
	@$(ENGINE)/python -m tools.shell --shop $(SHOP) $(if $(filter undefined,$(origin CUSTOMER)),,--customer "$(CUSTOMER)")

smoke: setup ## play three conversations against the running bot and check every step of them
	@$(ENGINE)/python -m tools.smoke

lint: setup ## ruff, mypy, import-linter, words and rooms, ESLint, TypeScript
	$(ENGINE)/ruff check .
	$(ENGINE)/ruff format --check .
	$(ENGINE)/mypy
	$(ENGINE)/mypy --config-file mypy-bot.ini --cache-dir .mypy_cache/bot
	$(ENGINE)/lint-imports
	$(ENGINE)/python -m tools.checks.check_private
	$(ENGINE)/python -m tools.checks.check_words
	$(ENGINE)/python -m tools.checks.check_rooms
	@$(PYTHON) -m tools.setup --run web "npm run --silent lint && npm run --silent typecheck"

format: setup ## let ruff lay out the Python code
	$(ENGINE)/ruff check --fix .
	$(ENGINE)/ruff format .

types: setup ## the console's types anew, from the gateway's OpenAPI document
	@$(ENGINE)/python -m tools.web_types | $(PYTHON) -m tools.setup --run web "node shared/generate-types.mjs"

# Two at a time where each keeps one core busy; the engine's tests, which come after them, share both.
test: setup ## every check and test of both environments
	@$(MAKE) --no-print-directory -j2 $(BY_TARGET) SHOP=larder train-shop train-language lint test-web test-bot
	$(ENGINE_TESTS)

test-web: setup ## the web pages' own tests
	@$(PYTHON) -m tools.setup --run web "npm test --silent"

test-bot: setup ## the bot's and the actions' unit tests
	PYTHONPATH=. $(BOT)/python -m pytest tests/unit/bot tests/unit/actions -q

test-unit: setup ## the engine's and the gateway's tests that need no database and no trained model
	$(ENGINE)/python -m pytest tests/unit --ignore=tests/unit/bot --ignore=tests/unit/actions -q -n 2

# Tests and benchmarks are held against the purchases of real people.
test-engine soak: SHOP := larder
bench-%: SHOP := larder

test-engine: train ## every test but the bot's
	$(ENGINE_TESTS)

bench-%: train ## one benchmark of benchmarks/, e.g. make bench-decisions BENCH=--quick
	$(ENGINE)/python -m benchmarks $* $(BENCH)

soak: train ## races for codes and kill -9 of a working engine on both databases, for a long time
	$(ENGINE)/python -m tests.soak $(SOAK)

pictures: SHOP := trail
pictures: train ## take the README's pictures anew, on Trail & Tarn in a browser
	$(ENGINE)/python -m tests.stack.readme_pictures

wheel: setup ## the package, with web pages and data files, in var/wheel
	@$(ENGINE)/python -m tools.wheel

lock: ## resolve pyproject.toml and requirements/bot.in again into pinned lock files
	@$(PYTHON) -m tools.lock

clean: ## remove what was built and trained (not the environments)
	rm -rf build var web/dist
