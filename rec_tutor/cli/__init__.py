"""The command `rec-tutor`: recommendations from files of your own.

    rec-tutor recommend --train ratings.csv --model ease --out recs.csv
    rec-tutor recommend --load folder --users new.csv --out recs.csv
    rec-tutor similar --load folder 50
    rec-tutor evaluate ratings.csv
    rec-tutor precheck notebook.ipynb --assignment 07
    rec-tutor grade submissions/ --assignment 07 --out grades.csv
    rec-tutor assignment --seed 2027 --chapters 02,07
    rec-tutor paper --chapters 02,07 --out quiz.html
    rec-tutor viva submissions/ --assignment 07 --out cards.html
    rec-tutor simulate --out ratings.csv --films films.csv
    rec-tutor fetch ml-100k
    rec-tutor project check my-project --hand-in 3

Each has its own `--help`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

# name -> module with `main(arguments) -> exit status`, what it does
COMMANDS = {
    "recommend": ("rec_tutor.cli.recommend", "train on your ratings, and recommend"),
    "similar": ("rec_tutor.cli.similar", "the items most like one"),
    "evaluate": ("rec_tutor.cli.evaluate", "which model for this data?"),
    "precheck": ("rec_tutor.cli.precheck", "what would my exercises get?"),
    "grade": ("rec_tutor.cli.grade", "grade the exercises of a class"),
    "assignment": ("rec_tutor.cli.assignment", "exercises with other contracts"),
    "paper": ("rec_tutor.cli.paper", "a quiz to print, and its key"),
    "viva": ("rec_tutor.cli.viva", "cards for a talk about one's own code"),
    "simulate": ("rec_tutor.cli.simulate", "ratings by simulated people"),
    "fetch": ("rec_tutor.cli.fetch", "get data sets while there is internet"),
    "project": ("rec_tutor.cli.project", "begin or check a project"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        return importlib.import_module(COMMANDS[given[0]][0]).main(given[1:])
    lines = [f"  {name:<11}{text}" for name, (_, text) in COMMANDS.items()]
    text = "\n".join(["usage: rec-tutor COMMAND …", "", *lines])
    asked = given and given[0] in ("-h", "--help")
    print(text, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2
