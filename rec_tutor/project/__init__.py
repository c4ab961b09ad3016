"""A project that a group hands in five times, and the check that reads it.

>>> from rec_tutor import project
>>> report = project.check("my-project", hand_in=3)    # doctest: +SKIP
>>> report.status                                      # doctest: +SKIP
0

A project is a folder: `project.toml`, ratings (or the name of a public set), a list of
recommendations for each model, four pages of text and two small tables. Nobody's typed
number is believed: what can be computed from the lists is computed again. On the
command line: `rec-tutor project check my-project --hand-in 3`.
"""

from rec_tutor.project.checking import check, cut
from rec_tutor.project.findings import Finding, ProjectReport
from rec_tutor.project.start import start

__all__ = ["Finding", "ProjectReport", "check", "cut", "start"]
