"""Hostile, broken and strange submissions, each with the grade that it must get.

An `Attack` is on the first question, mf.1 (`misses`). Its second cell answers mf.2
(`compare`) honestly, and must keep its point. Words in capitals between dollar signs
stand for what a test prepares: $SECRET$ is another student's notebook, $GRADES$ the
teacher's table, $MARK$ a file that no answer may make, $SOLUTION$ the file of the
solutions, $PARENT$ the grader's process.
"""

# ruff: noqa: E501
from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RIGHT = """
    known = R > 0
    return int((known & (abs(U @ V - R) >= 0.5)).sum())
"""
MISSES = f"def misses(R, U, V):{RIGHT}"
HONEST = """import numpy as np

def compare(low, high):
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))
"""
OPEN, WRONG, GOOD, STOPPED = "not attempted", "wrong", "right", "refused"


def body(lines: str, ending: str = "return -1") -> str:
    """A cell with `misses` of these lines."""
    inner = "\n".join(f"    {line}" for line in lines.strip("\n").splitlines())
    return f"def misses(R, U, V):\n{inner}\n    {ending.strip()}\n"


def right(lines: str) -> str:
    """The same, and then the right answer."""
    return body(lines, RIGHT)


@dataclass(frozen=True)
class Attack:
    """A submission, by its first cell.

    Attributes:
        tries: what it tries.
        cell: the source of the first code cell.
        state: what mf.1 must be; if it depends on the time, "one|other".
        second: the second cell.
        second_state: what mf.2 must be.
        says: a pattern that the text of mf.1 must have; if it depends, of each level.
    """

    name: str
    tries: str
    cell: str
    state: str = WRONG
    second: str = HONEST
    second_state: str = GOOD
    says: str | dict[str, str] = ""


# What an attempt to open a file ends with: there is none, or it is refused.
CLOSED = {
    "namespaces": "No such file|Read-only|Permission",
    "limits": "not open|not all|No module",
}
DENIED = {"namespaces": "not permitted|Errno|Error", "limits": "not allowed|No module"}

TIME = [
    Attack("endless loop", "never to end", body("while True: pass"), STOPPED),
    Attack(
        "loop in C", "never to end, out of Python's sight", body("sum(iter(int, 1))"), STOPPED
    ),
    Attack(
        "loop that catches all",
        "to outlive every exception",
        body("""
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""),
        STOPPED,
        says="more than",
    ),
    Attack("sleep", "to wait", body("import time\ntime.sleep(100)"), STOPPED),
    Attack(
        "deaf to signals",
        "not to be ended",
        body("""
import _signal as signal
for one in range(1, 65):
    try:
        signal.signal(one, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True: pass
"""),
        STOPPED,
    ),
    Attack("loop at the definition", "never to be called", MISSES + "\n" + """
def endless():
    while True: pass

@(lambda f: f if endless() else f)
""" + MISSES, STOPPED),
]  # fmt: skip

MEMORY = [
    Attack("8 GB", "all memory", body("import numpy as np\nnp.ones(2**30)"), says="Memory|alloc"),
    Attack("list that doubles", "all memory", body("x = [0]\nwhile True: x += x"), f"{WRONG}|{STOPPED}"),
    Attack(
        "shared memory",
        "memory that RLIMIT_DATA does not count",
        body("import mmap\nmmap.mmap(-1, 2**33)[::4096]"),
    ),
    Attack(
        "100 MB of result",
        "to fill the grader",
        body("import numpy as np", "return np.ones(12_500_000)"),
        says="too large",
    ),
    Attack("a million numbers", "the same", body("", "return list(range(10**6))")),
    Attack("endless map", "the same", body("from itertools import count", "return map(str, count())")),
    Attack("endless range", "the same", body("", "return range(10**15)")),
    Attack("long text", "the same", body("", "return 'x' * 10**7")),
    Attack("texts", "an array with room for the longest", body("", "return ['x' * 900] + [1.0] * 9000")),
    Attack("large whole number", "the same", body("", "return 10**4000")),
    Attack(
        "deep tuples",
        "the grader's stack",
        body("x = ()\nfor _ in range(10**4): x = (x,)", "return x"),
    ),
    Attack("an array many times", "memory", body("import numpy as np", "return [np.ones(9000)] * 9000")),
    Attack("100 MB of output", "to fill the disk", right("""
import os, sys
for _ in range(100):
    print("x" * 10**6)
    sys.__stdout__.write("x" * 1000)
    os.write(1, b"x" * 10**6)
    os.write(2, b"x" * 10**6)
"""), GOOD),
    Attack("deep recursion", "the stack", body("", "return misses(R, U, V)"), says="Recursion"),
    Attack("deeper recursion", "the stack of C", body("""
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x" if len(name) < 5 else name)
repr(Deep().x)
"""), STOPPED),
    Attack("upwards", "to lift its limits", body("""
import resource
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
"""), says="limit|permitted"),
]  # fmt: skip

ENDS = [
    Attack("os._exit", "to end well", body("import os\nos._exit(0)"), STOPPED, says="ended"),
    Attack("sys.exit", "to end well", body("import sys\nsys.exit(0)"), says="SystemExit"),
    Attack("SystemExit", "to end well", body("raise SystemExit(0)")),
    Attack("KeyboardInterrupt", "to look like the teacher", body("raise KeyboardInterrupt")),
    Attack("abort", "a crash", body("import os\nos.abort()"), STOPPED),
    Attack("atexit", "to act at the end", right("""
import atexit
atexit.register(lambda: open("$MARK$", "w").write("x"))
"""), GOOD),
    Attack("strange error", "an error that can't be said", body("""
class Odd(Exception):
    def __str__(self): raise SystemExit
raise Odd
"""), says="Odd"),
    Attack("long error", "an error that fills the grader", body("""
class Long(Exception):
    def __str__(self): return "x" * 10**6
raise Long
"""), says="Long"),
    Attack("control characters", "to paint on the teacher's screen", body(
        r"raise ValueError('\x1b[2J\x07\r\udc80\ud800 \u202e passed \x00')")),
    Attack("error of a group", "one that takes two arguments", body(
        "raise ExceptionGroup('all', [ValueError('one')])"), says="ExceptionGroup"),
    Attack("no error", "a name that is no exception", body(
        "raise type('print', (Exception,), {})('x')")),
    Attack("NotImplementedError", "an honest stub", body("raise NotImplementedError"), OPEN),
]  # fmt: skip

FORGED = [
    Attack("passed", "to print the verdict", body("""
import sys
for out in (sys.stdout, sys.stderr, sys.__stdout__):
    print("mf.1: Right. 1.0 points. 5 passed", file=out, flush=True)
""")),
    Attack("showtraceback", "to hide errors from IPython", body("""
try:
    from IPython.core.interactiveshell import InteractiveShell
    InteractiveShell.showtraceback = lambda *a, **k: print("Right")
except ImportError:
    pass
""")),
    Attack("always equal", "to be what is asked", """
class Yes:
    shape, dtype, ndim = (), "float64", 0
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __float__(self): return 1.0
    def __array__(self, *a, **k): return self
    def __hash__(self): return 1

def misses(R, U, V):
    return Yes()
"""),
    Attack("float subclass", "to be what is asked", """
class Yes(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__

def misses(R, U, V):
    return Yes(-1)
"""),
    Attack("int subclass", "to be what is asked", """
class Yes(int):
    def __eq__(self, other): return True
    def __int__(self): return self

def misses(R, U, V):
    return Yes(-1)
"""),
    Attack("array subclass", "to be what is asked", """
import numpy as np

class Yes(np.ndarray):
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.bool_(True)
    def __array__(self, *a, **k): return np.zeros(())
    def __eq__(self, other): return True

def misses(R, U, V):
    return np.array(-1).view(Yes)
"""),
    Attack("numpy patched", "to change the comparison", body("""
import numpy as np
import numpy.testing as t
for one in ("allclose", "isclose", "array_equal", "array_equiv", "all", "equal"):
    setattr(np, one, lambda *a, **k: True)
for one in dir(t):
    if one.startswith("assert"):
        setattr(t, one, lambda *a, **k: None)
np.where = np.asarray = lambda *a, **k: 0
""")),
    Attack("builtins patched", "to change the comparison", body("""
import builtins
for one in ("isinstance", "all", "any", "abs", "len", "sum", "round"):
    setattr(builtins, one, lambda *a, **k: True)
"""), STOPPED),
    Attack("child patched", "to change the protocol", body("""
import __main__
__main__.encode = lambda *a, **k: {"right": True}
"""), STOPPED),
    Attack("reply with points", "to send a verdict", body("""
import __main__
old = __main__.pack
__main__.pack = lambda h, a: old({**h, "points": 1, "state": "right", "empty": False}, a)
""")),
    Attack("wrong nonce", "to answer before the answer", body("""
import os, __main__
frame = __main__.pack({"nonce": "0" * 32, "result": {"value": 3}, "rngs": []}, [])
for number in range(3, 64):
    try:
        os.write(number, frame)
    except OSError:
        pass
""")),
    Attack("right nonce", "to answer twice", right("""
import os, sys, __main__
frame = sys._getframe()
while "request" not in frame.f_locals:
    frame = frame.f_back
nonce = frame.f_locals["request"]["nonce"]
said = __main__.pack({"nonce": nonce, "result": {"value": -5}, "rngs": []}, [])
for number in range(3, 64):
    try:
        os.write(number, said)
    except OSError:
        pass
"""), WRONG),
    Attack("noise", "to break the grader's reading", body("""
import os
for number in range(3, 64):
    try:
        os.write(number, b"\\x00" * 7 + b"\\x05hello")
    except OSError:
        pass
"""), STOPPED),
    Attack("huge frame", "memory of the grader", body("""
import os
for number in range(3, 64):
    try:
        os.write(number, b"\\x7f" + b"\\xff" * 7)
    except OSError:
        pass
"""), STOPPED, says="too large"),
    Attack("flood", "to keep the grader reading", body("""
import os, __main__
frame = __main__.pack({"nonce": "x"}, []) * 500
while True:
    for number in range(3, 64):
        try:
            os.write(number, frame)
        except OSError:
            pass
"""), STOPPED),
    Attack("pipe closed", "to confuse the grader", body(
        "import os\nos.closerange(3, 64)"), STOPPED),
    Attack("pipe read", "to take the next request", right("""
import os
for number in range(3, 64):
    try:
        os.set_blocking(number, False)
        os.read(number, 10**6)
    except OSError:
        pass
"""), f"{GOOD}|{STOPPED}"),
    Attack("late thread", "to write after the call", right("""
import os, threading, time, __main__
def late():
    time.sleep(0.05)
    for number in range(3, 64):
        try:
            os.write(number, __main__.pack({"nonce": "x", "result": {"value": 0}}, []))
        except OSError:
            pass
try:
    threading.Thread(target=late, daemon=True).start()
except RuntimeError:
    pass
"""), GOOD),
    Attack("threads", "to outlive the call", right("""
import threading
def busy():
    while True: sum(range(1000))
try:
    threading.Thread(target=busy).start()
except RuntimeError:
    pass
"""), GOOD),
    Attack("settrace", "to see the lines of the caller", right("""
import sys
def see(frame, event, argument):
    return see
sys.settrace(see)
sys.setprofile(see)
"""), GOOD),
]  # fmt: skip

LOOKS = [
    Attack("frames", "to find the answer in the callers", body("""
import sys
found, frame = [], sys._getframe()
while frame:
    found += [n for n in (*frame.f_locals, *frame.f_globals)
              if n in ("asked", "solution", "question", "expected", "holes_are_zeros")]
    frame = frame.f_back
raise ValueError(f"found {found}")
"""), says=r"found \[\]"),
    Attack("gc", "to find the answer in memory", body("""
import gc, types
found = []
for one in gc.get_objects():
    if isinstance(one, types.FunctionType):
        if one.__name__ in ("holes_are_zeros", "counts_hits", "sgd_step", "choice_loss"):
            found.append(one.__name__)
    if isinstance(one, dict):
        found += [str(k) for k in list(one) if k in ("mf.1", "asked", "solution")]
raise ValueError(f"found {found}")
"""), says=r"found \[\]"),
    Attack("sys.modules", "to find the solutions", body("""
import sys
raise ValueError(f"found {[n for n in sys.modules if 'rec_tutor' in n]}")
"""), says=r"found \[\]"),
    Attack("environment", "to find keys", body(
        "import os\nraise ValueError(f'found {dict(os.environ)}'[:290])"), says="found"),
    Attack("environment of the system", "to find keys", body(
        "raise ValueError(open('/proc/1/environ').read())")),
    Attack("command line", "to find paths of the grader", body(
        "raise ValueError(open('/proc/$PARENT$/cmdline').read())"), says=CLOSED),
]  # fmt: skip

FILES = [
    Attack("passwd", "to read a file", body(
        "raise ValueError(open('/etc/passwd').read())"), says=CLOSED),
    Attack("passwd by os.open", "to read a file", body(
        "import os\nraise ValueError(os.read(os.open('/etc/passwd', 0), 100))"), says=CLOSED),
    Attack("folder", "to see who handed in", body(
        "import os\nraise ValueError(os.listdir(os.path.dirname('$SECRET$')))"), says=CLOSED),
    Attack("folder by glob", "to see who handed in", body("""
import glob
raise ValueError(f"found {glob.glob('$SECRET$*')}")
"""), says=r"found \[\]|not all|No module"),
    Attack("another notebook", "to copy", body(
        "raise ValueError(open('$SECRET$').read())"), says=CLOSED),
    Attack("another's function", "to run a classmate's answer", body("""
import json
cells = json.load(open("$SECRET$"))["cells"]
room = {}
exec("".join(cells[0]["source"]), room)
return room["misses"](R, U, V)
"""), says=CLOSED),
    Attack("another notebook by numpy", "to copy", body(
        "import numpy as np\nraise ValueError(np.fromfile('$SECRET$', np.uint8).tobytes())"),
        says=CLOSED),
    Attack("another notebook as bytes", "to copy", body(
        "raise ValueError(open(b'$SECRET$', 'rb').read())"), says=CLOSED),
    Attack("another notebook by pathlib", "to copy", body(
        "import pathlib\nraise ValueError(pathlib.Path('$SECRET$').read_text())"), says=CLOSED),
    Attack("another notebook by linecache", "to copy", body(
        "import linecache\nraise ValueError(f'found {linecache.getlines(\"$SECRET$\")}')"),
        says=r"found \[\]|not open"),
    Attack("dots", "to leave the libraries' folder", body("""
import os
inside = os.path.dirname(os.__file__)
raise ValueError(open(inside + "/.." * 20 + "$SECRET$").read())
"""), says=CLOSED),
    Attack("dishonest text", "a path that looks allowed", body("""
import os
class Path(str):
    def startswith(self, *a): return True
    def __contains__(self, one): return False
raise ValueError(open(Path("$SECRET$")).read())
"""), says=CLOSED),
    Attack("hook patched", "to open the hook", body("""
import builtins, os, __main__
__main__.REFUSED = ()
kept = builtins.any, builtins.type, builtins.str, os.fsdecode
builtins.any = builtins.type = builtins.str = lambda *a: True
os.fsdecode = lambda one: os.__file__
try:
    found = open("$SECRET$").read()
except BaseException as error:
    found = error
builtins.any, builtins.type, builtins.str, os.fsdecode = kept
raise ValueError(found)
"""), says=CLOSED),
    Attack("hook robbed", "to open the hook", body("""
import gc, types
for one in gc.get_objects():
    if type(one) is types.FunctionType and one.__qualname__.endswith(".hook"):
        try:
            one.__code__ = (lambda event, arguments: None).__code__
        except BaseException:
            pass
        try:
            one.__defaults__ = None
        except BaseException:
            pass
raise ValueError(open("$SECRET$").read())
"""), f"{WRONG}|{STOPPED}"),
    Attack("symlink made", "to get around", body("""
import os
os.symlink("$SECRET$", "/tmp/link")
raise ValueError(open("/tmp/link").read())
"""), says=CLOSED),
    Attack("files of others' processes", "to reach the grader", body("""
import os
for one in ("/proc/$PARENT$/mem", "/proc/$PARENT$/root$SECRET$", "/proc/self/root$SECRET$"):
    try:
        raise ValueError(open(one).read())
    except OSError:
        pass
raise ValueError("nothing")
"""), says="nothing"),
    Attack("database", "to read without the hook", body(
        "import sqlite3\nsqlite3.connect('$MARK$').execute('create table t (a)')")),
    Attack("grades", "to write its points", body(
        "open('$GRADES$', 'a').write('me,100')"), says=CLOSED),
    Attack("grades by os", "to write its points", body(
        "import os\nos.write(os.open('$GRADES$', os.O_WRONLY | os.O_TRUNC), b'me')"), says=CLOSED),
    Attack("grades removed", "to leave no trace", body(
        "import os\nos.remove('$GRADES$')"), says=CLOSED),
    Attack("grades renamed", "to leave no trace", body(
        "import shutil\nshutil.move('$GRADES$', '$MARK$')"), says=CLOSED),
    Attack("grades by numpy", "to write its points", body(
        "import numpy as np\nnp.ones(3).tofile('$GRADES$')"), says=CLOSED),
    Attack("folder made", "to fill the disk", body(
        "import os\nos.mkdir('$MARK$')"), says=CLOSED),
]  # fmt: skip

OTHERS = [
    Attack("fork bomb", "all processes", body(
        "import os\nwhile True: os.fork()"), says=DENIED),
    Attack("multiprocessing", "processes", body("""
import multiprocessing
p = multiprocessing.get_context("fork").Process(target=print)
p.start()
"""), says="not all|No module|Error"),
    Attack("subprocess", "another program", body(
        "import subprocess\nsubprocess.run(['touch', '$MARK$'])"), says=DENIED),
    Attack("os.system", "another program", body(
        "import os\nif os.system('touch $MARK$') == 0: return 0\nraise OSError('Errno')"),
        says=DENIED),
    Attack("exec", "to become another program", body(
        "import os\nos.execv('/bin/sh', ['sh', '-c', 'touch $MARK$'])"), says=DENIED),
    Attack("posix_spawn", "another program", body(
        "import os\nos.posix_spawn('/bin/touch', ['touch', '$MARK$'], {})"), says=DENIED),
    Attack("fork in C", "another program, without the hook", body("""
import _posixsubprocess, os
a, b = os.pipe()
_posixsubprocess.fork_exec([b"/bin/touch", b"$MARK$"], [b"/bin/touch"], True, (b,), None, None,
    -1, -1, -1, -1, -1, -1, a, b, True, False, -1, None, None, None, -1, None, True)
""")),
    Attack("ctypes", "the system's library", body("""
import ctypes
if ctypes.CDLL(None).system(b"touch $MARK$") == 0: return 0
raise OSError("Errno")
"""), says=DENIED),
    Attack("network", "to ask somebody", body(
        "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)"), says=DENIED),
    Attack("web", "to ask somebody", body(
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1/', timeout=1)"),
        says=DENIED),
    Attack("parent killed", "to end the grader", body(
        "import os\nos.kill($PARENT$, 9)"), says=DENIED),
    Attack("getppid killed", "to end the grader", body(
        "import os\nos.kill(os.getppid(), 9)"), says=DENIED),
    Attack("everybody killed", "to end all", body("import os\nos.kill(-1, 9)"), says=DENIED),
    Attack("group killed", "to end all", body("import os\nos.killpg(0, 9)"), says=DENIED),
]  # fmt: skip

IMPORTS = [
    Attack(f"solution {number}", "to import the solution", body(lines))
    for number, lines in enumerate(
        [
            "from rec_tutor.check.questions import mf\nreturn mf.misses(R, U, V)",
            "import importlib\n"
            "return importlib.import_module('rec_tutor.check.questions.mf').misses(R, U, V)",
            "return __import__('rec_tutor.check.questions.mf').check.questions.mf.misses(R, U, V)",
            "import sys\nsys.path[:0] = ['$ROOT$']\nsys.meta_path.pop(0)\n"
            "from rec_tutor.check.questions import mf\nreturn mf.misses(R, U, V)",
            "import runpy\nreturn runpy.run_path('$SOLUTION$')['misses'](R, U, V)",
            "import runpy\n"
            "return runpy.run_module('rec_tutor.check.questions.mf')['misses'](R, U, V)",
            "room = {}\nexec(open('$SOLUTION$').read(), room)\nreturn room['misses'](R, U, V)",
            "import importlib.util as u\ns = u.spec_from_file_location('m', '$SOLUTION$')\n"
            "m = u.module_from_spec(s)\ns.loader.exec_module(m)\nreturn m.misses(R, U, V)",
            "from importlib.metadata import files\n"
            "f = [f for f in files('rec_tutor') if f.name == 'mf.py'][0]\n"
            "room = {}\nexec(f.read_text(), room)\nreturn room['misses'](R, U, V)",
            "import pkgutil\nraise ValueError(pkgutil.get_data('rec_tutor', 'check/words/en/mf.toml'))",
            "import zipimport\nreturn zipimport.zipimporter('$ROOT$').load_module('x')",
        ],
        1,
    )
]  # fmt: skip
IMPORTS.append(
    Attack(
        "solution at the top",
        "to import the solution",
        "from rec_tutor.check.questions.mf import misses as known\n\n"
        "def misses(R, U, V):\n    return known(R, U, V)\n",
    )
)

NAMES = [
    Attack("look-alike letters", "a name that only looks right",
           MISSES.replace("misses", "mis\u0455es"), OPEN, says="CYRILLIC"),
    Attack("definition in a text", "exec", f"exec({MISSES!r})", OPEN),
    Attack("lambda", "an honest answer", "misses = lambda R, U, V: int(((R > 0) & (abs(U @ V - R) >= 0.5)).sum())", GOOD),
    Attack("class", "an object that answers", "class misses:\n    def __new__(cls, R, U, V):\n        return 3\n", OPEN),
    Attack("nested", "a function in a function", "def outer():\n" + "\n".join(
        "    " + line for line in MISSES.splitlines()), OPEN),
    Attack("in an if", "a function in a block", "if True:\n    def misses(R, U, V): return 3", OPEN),
    Attack("async", "a coroutine", "async " + MISSES, OPEN),
    Attack("generator", "a generator", body("", "yield 3")),
    Attack("decorator that replaces", "another function",
           f"def other(f):\n    return lambda *a: -7\n\n@other\n{MISSES}"),
    Attack("decorator that returns no function", "a number", f"def no(f):\n    return 5\n\n@no\n{MISSES}"),
    Attack("default with side effects", "to act at the definition",
           "def misses(R, U, V, more=__import__('os').system('touch $MARK$')): return -1"),
    Attack("several definitions", "the last counts", f"def misses(R, U, V): return -1\n\n{MISSES}", GOOD),
    Attack("wrong after right", "the last counts", f"{MISSES}\n\ndef misses(R, U, V): return -1"),
    Attack("100,000 characters", "a table of answers",
           f"{MISSES}    '{'x' * 100_000}'", OPEN, says="too many"),
    Attack("deep expression", "the grader's stack",
           "def misses(R, U, V): return 1" + " + 1" * 2500, OPEN),
    Attack("deeper expression", "the grader's stack",
           "def misses(R, U, V): return 1" + " + 1" * 50_000, OPEN),
    Attack("parentheses", "the grader's parser",
           "def misses(R, U, V): return " + "(" * 5000 + ")" * 5000, OPEN),
    Attack("brackets", "the grader's parser", "x = " + "{[(" * 60 + "lambda" , OPEN),
    Attack("huge number", "a number that can't be written",
           "N = 0x" + "f" * 8000 + "\ndef misses(R, U, V): return N", OPEN, says="taken out"),
    Attack("spaces", "a slow search", " " * 200_000 + "x\n" + MISSES, OPEN),
    Attack("null characters", "the grader's parser", "\x00" + MISSES, OPEN),
    Attack("lone surrogate", "the grader's files", f"# \ud800\n{MISSES}", OPEN),
    Attack("surrogate in a text", "the grader's files",
           body("", r"return '\ud800'")),
    Attack("Python 2", "an old cell", 'print "passed"\n' + MISSES, OPEN),
    Attack("magics", "what IPython knows", "%matplotlib inline\n!touch $MARK$\nx = !ls\n" + MISSES, GOOD),
    Attack("timed cell", "an honest cell", "%%time\n" + MISSES, GOOD),
    Attack("bash", "another language", "%%bash\ntouch $MARK$\n" + MISSES, OPEN),
    Attack("file written", "another language", "%%writefile $MARK$\n" + MISSES, OPEN),
    Attack("code at the top", "to run when graded", f"open('$MARK$', 'w')\n{MISSES}", GOOD),
    Attack("global state", "one answer for another", """
def misses(R, U, V):
    import builtins
    builtins.keep = lambda low, high: (low > 0) * 1 - (high < 0)
    return -1
""", second="def compare(low, high):\n    import builtins\n    return builtins.keep(low, high)",
           second_state=WRONG),
    Attack("numpy left broken", "to spoil the rest", body("""
import numpy as np
np.where = np.abs = None
del np.ndarray
""")),
]  # fmt: skip

RESULTS = [
    Attack("random", "luck", body("import numpy as np", "return np.random.rand()")),
    Attack("nan", "what is equal to nothing", body("", "return float('nan')")),
    Attack("infinite", "what is above all", body("", "return float('inf')")),
    Attack("nothing", "nothing", body("", "return None"), OPEN),
    Attack("text of the verdict", "to be believed", body("", "return 'Right'")),
    Attack("objects", "an array of objects", body(
        "import numpy as np", "return np.array([object(), {}, [1]], dtype=object)")),
    Attack("structured array", "a type that can't be compared", body(
        "import numpy as np", "return np.zeros(2, dtype=[('a', 'f8'), ('b', 'U3')])")),
    Attack("dates", "a type that can't be compared", body(
        "import numpy as np", "return np.array(['2024-01-01'], dtype='M8[D]')")),
    Attack("complex", "a type that can't be compared", body("", "return 3 + 0j")),
    Attack("unhashable", "a set of itself", body("", "return {1: [{2: {3}}], (4,): [5]}")),
    Attack("a list of itself", "never to end", body("x = []\nx.append(x)", "return x")),
    Attack("a function", "what is no number", body("", "return misses")),
    Attack("a module", "what is no number", body("import os", "return os")),
    Attack("32 axes", "the grader's printing", body(
        "import numpy as np", "return np.ones((1,) * 32)")),
    Attack("nothing of a large size", "the grader's memory", body(
        "import numpy as np", "return np.ones((0, 2**60))")),
    Attack("arguments changed", "to change what is asked", right("R[:] = 0\nU[:] = 0"), WRONG),
]  # fmt: skip

ATTACKS = [
    *TIME,
    *MEMORY,
    *ENDS,
    *FORGED,
    *LOOKS,
    *FILES,
    *OTHERS,
    *IMPORTS,
    *NAMES,
    *RESULTS,
]


# ---------------------------------------------------------------------- files


def notebook(*cells: Any, **more: Any) -> str:
    """A notebook of code cells."""
    made = [
        {"cell_type": "code", "source": one, "metadata": {}, "outputs": []}
        for one in cells
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made} | more
    )


def _text(text: str | bytes, name: str = "me.ipynb") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def _link(folder: Path) -> Path:
    (folder / "other.ipynb").write_text(notebook(MISSES))
    (folder / "me.ipynb").symlink_to(folder / "other.ipynb")
    return folder / "me.ipynb"


def _folder(folder: Path) -> Path:
    (folder / "me.ipynb").mkdir()
    return folder / "me.ipynb"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "me.ipynb")
    return folder / "me.ipynb"


def _sparse(folder: Path) -> Path:
    path = folder / "me.ipynb"
    path.write_text(notebook(MISSES))
    os.truncate(path, 100_000_000)
    return path


def _bomb(folder: Path) -> Path:
    path = folder / "me.ipynb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("me.ipynb", b"0" * 50_000_000)
    return path


def _device(folder: Path) -> Path:
    return Path("/dev/zero")


_old = {
    "nbformat": 3,
    "worksheets": [
        {"cells": [{"cell_type": "code", "input": [MISSES], "language": "python"}]}
    ],
}

# name: what it is, how it is made, the state of mf.1, what its text says
FILE_ATTACKS: dict[str, tuple[str, Callable[[Path], Path], str, str]] = {
    "link": ("another's file", _link, OPEN, "link"),
    "folder": ("no file", _folder, OPEN, "ordinary"),
    "pipe": ("a file that never ends", _pipe, OPEN, "ordinary"),
    "device": ("a file that never ends", _device, OPEN, "ordinary"),
    "missing": ("no file", lambda folder: folder / "no.ipynb", OPEN, "No such file"),
    "100 MB": ("a file that is too large", _sparse, OPEN, "100 MB"),
    "zip": ("a bomb", _bomb, OPEN, "no JSON"),
    "empty": ("nothing", _text(""), OPEN, "empty"),
    "Python": ("no notebook", _text(MISSES), OPEN, "no JSON"),
    "renamed": ("a notebook with another ending", _text(notebook(MISSES), "me.txt"), GOOD, ""),
    "bytes": ("no text", _text(b"\xff\xfe\x00"), OPEN, "no JSON"),
    "BOM": ("a notebook saved by an editor", _text(b"\xef\xbb\xbf" + notebook(MISSES).encode()), GOOD, ""),
    "list": ("JSON that is no notebook", _text("[1, 2]"), OPEN, "no notebook"),
    "number": ("JSON that is no notebook", _text("1"), OPEN, "no notebook"),
    "no cells": ("a notebook without cells", _text("{}"), OPEN, "no cells"),
    "deep JSON": ("the grader's stack", _text("[" * 1_000_000), OPEN, "no JSON"),
    "huge number": ("the grader's time", _text('{"cells": ' + "9" * 1_000_000 + "}"), OPEN, "no JSON"),
    "format 3": ("an old notebook", _text(json.dumps(_old)), GOOD, ""),
    "odd sheets": ("the grader's reading", _text('{"worksheets": [1, {"cells": null}, {"cells": 5}]}'), OPEN, ""),
    "odd sources": (
        "the grader's reading",
        _text(notebook(None, 5, [1, None, "x = 1\n"], {"a": 1}, MISSES.splitlines(True))),
        GOOD,
        "",
    ),
    "odd cells": ("the grader's reading", _text('{"cells": [null, 1, [], "x", {"cell_type": []}]}'), OPEN, ""),
    "in the metadata": (
        "a notebook in a notebook",
        _text(notebook("x = 1", metadata={"cells": json.loads(notebook(MISSES))["cells"]})),
        OPEN,
        "no function",
    ),
    "in an output": (
        "a verdict in an output",
        _text(json.dumps({"cells": [{"cell_type": "code", "source": "", "outputs": [{"text": "mf.1: Right"}]}]})),
        OPEN,
        "",
    ),
    "text cell": (
        "an answer in a text cell",
        _text(json.dumps({"cells": [{"cell_type": "markdown", "source": MISSES}]})),
        OPEN,
        "",
    ),
    "many cells": ("the grader's time", _text(notebook(*["("] * 40_000, MISSES)), GOOD, ""),
    "much code": ("the grader's time", _text(notebook(*["x = 1\n" * 10_000] * 20)), OPEN, "characters"),
}  # fmt: skip
