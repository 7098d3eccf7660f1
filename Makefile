# The two commands: `make demo` labels the sample comments, `make test` runs every check.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
DEMO := build/demo

.PHONY: demo test quick bench system browser server clean

demo: $(INSTALLED)
	@$(BIN)/treehole label samples/comments.csv --out $(DEMO) --overwrite
	@echo
	@$(BIN)/treehole explain '药攒够了，今晚就走。饭饭，等我' --created-at 2026-05-01T22:30:00+08:00

test: $(INSTALLED) browser server
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n auto

quick: $(INSTALLED)
	$(BIN)/pytest -n auto -m 'not slow'

# In the cache, so that it is there the next time; or the one that LABEL_STUDIO names.
server: $(INSTALLED)
	@$(BIN)/treehole annotate install

bench: $(INSTALLED)
	$(BIN)/pip install --quiet --group bench

# Quick the second time: nothing is installed again unless the lists of what to install change.
$(INSTALLED): requirements.lock pyproject.toml | system
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Installs what $$missing names by apt, where that is permitted.
define APT
	test -n "$$missing" || exit 0; \
	if test "$$(id -u)" = 0; then sudo=''; \
	elif sudo -n true 2>/dev/null; then sudo='sudo'; \
	else echo "Install first: sudo apt-get install $$missing" >&2; exit 1; fi; \
	echo "installing $$missing"; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends \
	    $$missing >/dev/null
endef

# What does not come from PyPI.
system:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@missing=''; \
	command -v swipl >/dev/null || missing='swi-prolog-nox'; \
	test -x $(BIN)/python || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    missing="$$missing python3-venv"; \
	$(APT)

# Only tests of the pages that people see need a browser, and one that can write Chinese.
browser: | system
	@missing=''; \
	command -v chromium >/dev/null || missing='chromium'; \
	fc-list :lang=zh 2>/dev/null | grep -q . || missing="$$missing fonts-noto-cjk"; \
	$(APT)

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
