# Everything real happens in scripts/; RUNTIME_DIR, ODOO_PATH and PGHOST are passed on.
PYTHON ?= python3
PORT ?= 8069
ARGS ?=
ROUNDS ?= 20000
SEED ?= 1
DEV = $(PYTHON) scripts/dev.py

.DEFAULT_GOAL = help
.PHONY: run test fuzz lint bench screenshots docs traditional clean help

run: ## serve the demo on 127.0.0.1 (PORT=8069)
	@$(DEV) run --port $(PORT)

test: ## lint, plain tests, tests in Odoo with a browser (ARGS="-k approval" runs a part)
	@$(DEV) test $(ARGS)

fuzz: ## any call of anybody, over HTTP (ROUNDS=20000 SEED=1)
	@FUZZ_ROUNDS=$(ROUNDS) FUZZ_SEED=$(SEED) $(DEV) test -k test_any_call invoice_crm_addon/tests/security

lint: ## ruff, pylint-odoo, bandit, Odoo's own test_lint
	@$(DEV) lint

bench: ## run bench/bench_*.py on a scratch database
	@$(DEV) bench $(ARGS)

screenshots: ## pictures of README and manual, and all screens, of the demo that "make run" serves (PORT=8069)
	@$(DEV) screenshots $(PORT) $(ARGS)

docs: ## build the manual from docs/ into the add-on
	@$(DEV) docs

traditional: ## renew zh_TW.po from zh_CN.po and the glossary
	@$(DEV) traditional

clean: ## remove the runtime folder: Odoo, PostgreSQL, databases, tools
	@$(DEV) clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1 \t/p' $(MAKEFILE_LIST)
