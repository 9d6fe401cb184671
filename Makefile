# Hallmark. `make help` lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help run test check fix bench functions screens clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install, migrate, load the demo world and serve the portal
	@bin/run

test: check ## check, install what tests need, and run every test
	@bin/test

check: ## lint, format, types, layers and templates
	@bin/check

fix: ## mend what check can mend by itself
	@bin/check --fix

bench: ## measure the portal and its peers side by side
	@bin/bootstrap dev
	@eval "$$(bin/services postgres)" && .venv/bin/python -m bench

functions: ## say which numbered functions have a passing test
	@bin/functions

screens: ## photograph the pages of the demo world into docs/screens
	@bin/bootstrap dev
	@bin/vendor
	@eval "$$(bin/services chromium)" && .venv/bin/python bin/screens

clean: ## remove what was installed and made, the development database too
	@bin/services stop
	rm -rf .venv var node_modules app/static/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -prune -exec rm -rf {} +
