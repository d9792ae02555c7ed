# Threepoint's commands. A machine with Python 3.11 or newer, GNU make and the network is enough.

# The first Python that is there, runs and is new enough; PYTHON=... names another.
FITS = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do $$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
endif
ifeq ($(PYTHON),)
PYTHON := @echo "Threepoint needs Python 3.11, 3.12 or 3.13 on the PATH." && false;
endif
RUN = .venv/bin/python
INSTALL = $(PYTHON) portal/embedded/install.py
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo demo-code demo-reset test real lint bench audit assets locks

help:  ## List the commands
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo:  ## Run the portal on http://127.0.0.1:8000 with example data; PORT=... for another port
	@$(INSTALL) demo
	@$(RUN) -m portal.embedded assets
	@exec $(RUN) -m portal.embedded demo

demo-code:  ## Print the security code of the moment for the demo's accounts
	@$(INSTALL) demo
	@exec $(RUN) -m portal.embedded code

demo-reset:  ## Delete the demo's data, so that the next `make demo` starts afresh
	@$(INSTALL) demo
	@exec $(RUN) -m portal.embedded reset

test: dev  ## Run every test; ARGS=... is handed to pytest
	@exec $(RUN) -m portal.embedded test $(ARGS)

real: dev  ## Run every test against Debian's PostgreSQL and Redis, started for the purpose
	@exec $(RUN) -m portal.embedded real $(ARGS)

lint: dev  ## Check style, types, migrations and the settings of a deployment
	@exec $(RUN) -m portal.embedded lint

bench: dev  ## Measure; NAME=pages, NAME=notify and so on, and all of them without NAME
	@exec $(RUN) -m portal.embedded bench $(NAME)

audit: dev  ## Ask the advisories of the day about every package that is used (needs the network)
	@exec $(RUN) -m portal.embedded audit

assets:  ## Fetch the front end's packages and build static/build
	@$(INSTALL) demo
	@exec $(RUN) -m portal.embedded assets

locks:  ## Write requirements/*.txt and package-lock.json anew from pyproject.toml and package.json
	@$(INSTALL) demo locking
	@exec $(RUN) -m portal.embedded locks

.PHONY: dev
dev:
	@$(INSTALL) dev cove c3voc
	@$(RUN) -m portal.embedded assets
