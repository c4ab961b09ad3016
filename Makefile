# Everything the course needs, from a fresh clone with Python (3.11 to 3.13), pip and git. `make` lists the targets.
# The plain commands behind a target are the lines below it, with .venv/bin/ in front of each program.

PYTHON ?= python3
ONLY ?=
RUNS ?= 5
URL ?=
BIN := .venv/bin

# TensorFlow's smaller build without GPU code exists for Linux on x86; elsewhere, or for a GPU: make TENSORFLOW=tensorflow
ifeq ($(shell uname -sm),Linux x86_64)
TENSORFLOW ?= tensorflow-cpu
else
TENSORFLOW ?= tensorflow
endif

# One thread (OpenMP spins), quiet TensorFlow, and the same numbers with every build of it; what is set already stays.
export OMP_NUM_THREADS ?= 1
export TF_CPP_MIN_LOG_LEVEL ?= 3
export TF_ENABLE_ONEDNN_OPTS ?= 0

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadgroup

.PHONY: help book pdf test check variants notebooks experiments stale lab colab look slides usb serve bench address release clean lint
help:
	@echo "make book          the website, in _build/html (open _build/html/index.html)"
	@echo "make check         the quick part: lint, types, tests that train nothing and take moments"
	@echo "make test          everything that is tested: code, notebooks, website (ONLY=07: what chapter 07 stands on)"
	@echo "make variants      the tests that train under other kinds of arithmetic: do their thresholds have room?"
	@echo "make notebooks     bring the notebooks up to date, run those whose code changed (ONLY=07_mf: one of them)"
	@echo "make experiments   run the rows of experiments whose code changed (ONLY=07_mf: one of them)"
	@echo "make stale         what the changes since the last commit make stale, and why (SINCE=main~3: since another)"
	@echo "make lab           open the notebooks in JupyterLab"
	@echo "make colab         run all notebooks on machines like Colab's, with each Python on PATH; long (ONLY=07: those of chapter 07)"
	@echo "make slides        slides of all chapters, in _build/slides (open index.html)"
	@echo "make pdf           the book as one PDF for PyTorch, in _build/book.pdf (needs Chromium)"
	@echo "make usb           a folder for a room without internet, in _build/usb (after make book: with the website)"
	@echo "make serve         the website on http://127.0.0.1:8000"
	@echo "make look          what is wrong on the website's pages, and pictures of them, in _build/look (needs Chromium; with Lighthouse its marks)"
	@echo "make bench         speed and quality of all models on a published split, at size, and how they grow"
	@echo "make address       change the repository's address everywhere (URL=https://…); executes nothing"
	@echo "make release       check and build a release into dist/; publishes nothing"
	@echo "make clean         delete the website and the caches of the tools (not .venv, not the data)"
	@echo
	@echo "Without make:"
	@echo "  python3 -m venv .venv"
	@echo "  .venv/bin/pip install -c constraints.txt -e '.[book]'              for: .venv/bin/jupyter-book build . --toc book/_toc.yml"
	@echo "  .venv/bin/pip install -c constraints.txt -e '.[torch,text,graph,rl,book,test]' $(TENSORFLOW)   for: .venv/bin/pytest"
	@echo "On Linux, pip takes PyTorch with its GPU libraries (several GB). For the CPU build, set pip's variable"
	@echo "PIP_EXTRA_INDEX_URL to the address that https://pytorch.org/get-started/locally/ shows for CPU."

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "The course needs Python 3.11 to 3.13: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

# What is installed, and from which files: a stamp per target, so that a second run is fast.
.venv/book.done: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[book]'
	@touch $@

.venv/all.done: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[torch,text,graph,rl,book,test]' $(TENSORFLOW)
	@touch $@ .venv/book.done

.venv/lab.done: .venv/all.done
	$(PIP) -e '.[lab]'
	@touch $@

book: .venv/book.done
	@$(BIN)/python -m course notebooks --check || echo "The website shows the notebooks as they are."
	$(BIN)/jupyter-book build . --config _config.yml --toc book/_toc.yml -W -n --keep-going
	@echo "Open _build/html/index.html"

lint: .venv/all.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

# Never both frameworks in one process: one run without any, then one for each.
check: lint
	$(PYTEST) -m 'not training and not long and not site' tests
	$(PYTEST) -m 'not training' tests/models $(wildcard tests/torch) --framework torch
	$(PYTEST) -m 'not training' tests/models $(wildcard tests/tensorflow) --framework tensorflow

ifneq ($(ONLY),)
test: lint
	$(BIN)/python -m course tests --run $(ONLY)
else
test: lint
	$(PYTEST) tests
	$(PYTEST) tests/models $(wildcard tests/torch) --framework torch
	$(PYTEST) tests/models $(wildcard tests/tensorflow) --framework tensorflow
	$(PYTEST) -p course.kernels --dist loadscope --nbval-lax --nbval-current-env --nbval-cell-timeout 300 --ignore notebooks/colab notebooks
endif

variants: .venv/all.done
	$(BIN)/python -m course variants

stale: .venv/all.done
	$(BIN)/python -m course stale --since $(or $(SINCE),HEAD)

notebooks: .venv/all.done
	$(BIN)/python -m course notebooks --only $(ONLY)

experiments: .venv/all.done
	$(BIN)/python -m course experiments $(ONLY)

lab: .venv/lab.done
	$(BIN)/jupyter lab notebooks

colab: .venv/all.done
	$(BIN)/python -m course colab --only $(ONLY)

pdf: .venv/all.done book
	$(BIN)/python -m course pdf

slides: .venv/book.done
	$(BIN)/python -m course slides

usb: .venv/all.done
	$(BIN)/python -m course usb

serve: book
	$(BIN)/python -m course serve

look: .venv/all.done book
	$(BIN)/python -m course look _build/look --runs $(RUNS)

bench: .venv/all.done
	$(BIN)/python -m course bench
	$(BIN)/python -m course size
	$(BIN)/python -m course rates
	$(BIN)/python -m course growth

address:
	@PYTHONPATH=tools $(PYTHON) -m course address $(if $(URL),'$(URL)')

release: .venv/all.done
	$(BIN)/python -m course release

clean:
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
