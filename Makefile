# Everything runs in .venv: uv is fetched into .uv/ where it is missing, and installs what uv.lock names.
# The two marks in .venv say what is installed: what the product needs, and also what its development needs.
.DEFAULT_GOAL := help
.PHONY: help build fetch app docs test test-fast mutate soak lint bench picture clean

UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN := .venv/bin/
SYMBOL := BTCUSDT
DAYS := 30
MINUTES := 60

.uv/bin/uv: uv.lock
	python3 python/bootstrap_uv.py

.venv/installed: pyproject.toml uv.lock $(filter .uv/bin/uv,$(UV))
	$(UV) sync --quiet --locked --no-dev --inexact
	@touch $@

.venv/developing: .venv/installed
	$(UV) sync --quiet --locked
	@touch $@

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

build: .venv/installed ## environment, data (BINANCE_DATA_PATH=folder, else a sample market), dbt build, publish, summary
ifdef BINANCE_DATA_PATH
	@$(RUN)liqheat ingest "$(BINANCE_DATA_PATH)"
else
	@$(RUN)liqheat sample --if-empty
endif
	@$(RUN)liqheat build
	@$(RUN)liqheat summary

fetch: .venv/installed ## data of the exchange's public archive (make fetch SYMBOL=BTCUSDT DAYS=30), for make build
	@$(RUN)liqheat fetch $(SYMBOL) --days $(DAYS)

app: .venv/installed ## open the viewer of the published file in the browser
	@$(RUN)liqheat app

docs: .venv/installed ## dbt's documentation and lineage of the last build as one file, opened in the browser
	@$(RUN)liqheat docs

test: .venv/developing ## all tests
	$(RUN)pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: .venv/developing ## the tests to run while working: without builds of their own and without a browser
	$(RUN)pytest -n 2 --dist loadfile -m "not slow"

mutate: .venv/developing ## plant a thousand faults in the tables of a build, and print which no data test finds
	$(RUN)python tests/python/mutation/mutate.py

soak: .venv/developing ## kill every command at random moments, while readers watch (make soak MINUTES=60)
	$(RUN)python tests/python/soak/campaign.py $(MINUTES)

lint: .venv/developing ## ruff, mypy and sqlfluff
	$(RUN)ruff check
	$(RUN)ruff format --check
	$(RUN)mypy
	find models tests -name '*.sql' | DUCKDB_PATH=:memory: xargs -P 2 -n 60 $(RUN)sqlfluff lint

bench: .venv/developing ## measure speed and memory against the bare engine
	$(RUN)python tests/python/bench/bench.py

picture: .venv/developing ## take the README's pictures of the viewer (needs Chromium)
	$(RUN)python tests/python/viewer/pictures.py

clean: ## remove what builds make, and keep the lake
	rm -rf target logs data/build data/published
