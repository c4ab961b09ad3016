"""The public workflow: it parses, runs what the README promises, with targets that
exist, and no rights to spare.
"""

import subprocess
import tomllib

import yaml

from course.sourcecode import ROOT

# YAML 1.1 reads the key `on` as true.
WORKFLOW = yaml.safe_load(
    (ROOT / ".github/workflows/course.yml").read_text(encoding="utf-8")
)
JOBS = WORKFLOW["jobs"]


def test_it_runs_the_commands_of_the_readme_on_every_python() -> None:
    (job,) = JOBS.values()
    matrix = job["strategy"]["matrix"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert matrix["command"] == ["make book", "make test"]
    assert all(f"| `{command}`: " in readme for command in matrix["command"])
    assert job["steps"][-1] == {"run": "${{ matrix.command }}"}
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]["classifiers"]
    assert matrix["python"] == [
        one.rpartition(" ")[2] for one in classifiers if "Python :: 3." in one
    ]
    for command in matrix["command"]:
        done = subprocess.run(
            [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_it_ends_in_time_and_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"} and {
        "push",
        "pull_request",
    } <= set(WORKFLOW[True])
    for job in JOBS.values():
        assert (
            "permissions" not in job
            and job["timeout-minutes"] == "${{ matrix.minutes }}"
        )
        included = {
            one["command"]: one["minutes"]
            for one in job["strategy"]["matrix"]["include"]
        }
        assert (
            included.keys() == set(job["strategy"]["matrix"]["command"])
            and max(included.values()) <= 120
        )
        for step in job["steps"]:
            assert step.get("uses", "actions/").startswith("actions/")
