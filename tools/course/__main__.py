"""The course's tools, one command: `python -m course SUBCOMMAND …`. Each explains
itself with --help.
"""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "notebooks": "bring the notebooks up to date, and execute those whose code changed",
    "mutants": "small changes of the solutions: does a check notice?",
    "exercises": "bring the exercise notebooks up to date; executes nothing",
    "banks": "the quiz questions for Moodle (GIFT) and Canvas (QTI 1.2)",
    "classroom": "grade a made-up class: right answers, known mistakes, odd notebooks",
    "usb": "a folder for a room without internet",
    "live-data": "the numbers of the front page's recommender",
    "slides": "slides of the chapters with notes, into _build/slides",
    "pdf": "the book as one PDF, from the website's pages",
    "experiments": "run the rows of the experiments whose code changed",
    "faults": "would a small row of an experiment notice a fault? plants some",
    "notation": "the formulas of the chapters against the table of symbols",
    "reading": "how long a page takes, and how it reads",
    "sections": "the sections of the pages and their minutes; which ones are long",
    "stale": "what a change makes stale, and through which definitions",
    "tests": "which tests a chapter stands on",
    "variants": "the tests that train, under other kinds of arithmetic",
    "spread": (
        "how much room the notebooks' assertions have, over seeds and kinds of"
        " arithmetic"
    ),
    "bench": "speed and quality of every model through its front door",
    "memory": "how much memory every model takes, against what is expected",
    "size": "how long a large file takes, from reading to lists",
    "rates": "training targets per CPU second, in both frameworks",
    "growth": "how time and memory grow with the interactions",
    "elsewhere": "how far the recipes' defaults carry over, and what tuning brings",
    "wheel": "run every notebook with nothing but the wheel",
    "colab": "run every notebook on a machine like Colab's",
    "serve": "the website on this computer, compressed, with the headers of a server",
    "look": "screenshots of the website, and what is wrong on its pages",
    "address": "change the repository's address everywhere",
    "release": "check and build a release",
}
# where the module has another name than the command
MODULES = {
    "experiments": "experiment",
    "live-data": "live_data",
    "tests": "selection",
}


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] not in COMMANDS:
        print("python -m course SUBCOMMAND …\n")
        print("\n".join(f"  {name:12} {what}" for name, what in COMMANDS.items()))
        asked = not arguments or arguments[0] in ("-h", "--help")
        return 0 if asked else 2
    command, *rest = arguments
    module = importlib.import_module(f"course.{MODULES.get(command, command)}")
    sys.argv[0] = f"course {command}"
    return module.main(rest)


if __name__ == "__main__":
    sys.exit(main())
