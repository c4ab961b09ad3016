"""Tests that lack something are skipped with advice, or fail where nothing may be
lacking.
"""

import pytest

from course.needs import needs


def test_what_is_there_is_no_reason(monkeypatch):
    for required in ("", "all"):
        monkeypatch.setenv("RECTUTOR_REQUIRE", required)
        needs("numpy", "pytest", extra="test", programs=["python3"])
        needs()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            (("no_such_module",), {"extra": "rl"}),
            r"needs no_such_module: pip install -e '\.\[rl\]'",
        ),
        ((("no_such_module", "numpy"), {}), r"needs no_such_module$"),
        (
            ((), {"programs": ["no-such-program"]}),
            "needs no-such-program: install the program no-such-program",
        ),
    ],
)
def test_what_is_missing_is_said(monkeypatch, told, said):
    arguments, more = told
    monkeypatch.delenv("RECTUTOR_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match=said):
        needs(*arguments, **more)
    monkeypatch.setenv("RECTUTOR_REQUIRE", "all")
    with pytest.raises(pytest.fail.Exception, match=said.rstrip("$")):
        needs(*arguments, **more)


def test_a_program_that_could_not_be_had_is_spared(monkeypatch):
    monkeypatch.setenv("RECTUTOR_REQUIRE", "all")
    monkeypatch.setenv("RECTUTOR_WITHOUT", "chromium no-such-program")
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        needs("numpy", programs=["no-such-program"])
    for modules, programs in [(["no_such_module"], []), ([], ["no-other-program"])]:
        with pytest.raises(pytest.fail.Exception):
            needs(*modules, programs=["no-such-program", *programs])
