"""Run a student's functions: a program of its own, which knows no answers.

It is started by `rec_tutor.grading.isolation` as `python -I child.py IN OUT`, with two
pipes, and imports nothing of rec_tutor. A frame is a length of eight bytes, the length
of a header, the header (JSON) and the numbers of its arrays as they lie in memory:
nothing is compressed, so what is read is never larger than what was sent.
"""

from __future__ import annotations

import dis
import importlib
import json
import math
import os
import struct
import sys
from typing import Any

import numpy as np

ALWAYS = (
    "bisect",
    "collections",
    "copy",
    "dataclasses",
    "functools",
    "heapq",
    "itertools",
    "math",
    "numpy.fft",
    "numpy.lib.stride_tricks",
    "numpy.linalg",
    "numpy.ma",
    "numpy.random",
    "operator",
    "random",
    "re",
    "statistics",
    "string",
    "typing",
)
LARGEST = 2_000_000  # bytes of a frame
NUMBERS = 10_000  # in all that is sent: two that are broadcast take 800 MB at most
TEXT = 1_000  # characters
DEEP = 6  # lists in lists
STORED = {np.dtype(code).str for code in "?bhilqBHILQefdg"}


def encode(value: Any, arrays: list[np.ndarray], depth: int = 0) -> Any:
    """A value as JSON; arrays go into a list, and leave their place."""
    if depth > DEEP:
        raise ValueError("too many lists in lists")
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    elif hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    if hasattr(value, "toarray"):
        value = value.toarray()
    if isinstance(value, np.random.Generator):
        return {"rng": value.bit_generator.state}
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        size = array.size + sum(one.size for one in arrays)
        if size > NUMBERS:
            raise ValueError(f"the result is too large: {size} numbers")
        if array.dtype.kind in "biuf":
            arrays.append(np.array(array, dtype=array.dtype.newbyteorder("=")))
            kind = "number" if isinstance(value, np.generic) else "array"
            return {kind: len(arrays) - 1}
        if array.dtype.kind in "US":
            return {"text": [list(array.shape), array.astype(str).ravel().tolist()]}
        if array.dtype == object and array.ndim:
            return {"list": [encode(one, arrays, depth + 1) for one in array]}
        return {"other": str(array.dtype)}
    if value is None or isinstance(value, bool | str):
        return {"value": None if value is None else type(value)(value)}
    if isinstance(value, int):
        return {"value": int(value)} if abs(value) < 2**62 else {"other": "int"}
    if isinstance(value, float):
        return {"value": float(value)}
    if isinstance(value, map | zip | filter | range):
        value = [one for one, _ in zip(value, range(NUMBERS + 1), strict=False)]
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, tuple | list | dict) and len(value) > NUMBERS:
        raise ValueError(f"the result is too large: {len(value)} values")
    if isinstance(value, tuple | list):
        name = "tuple" if isinstance(value, tuple) else "list"
        return {name: [encode(one, arrays, depth + 1) for one in value]}
    if isinstance(value, dict):
        pairs = [[str(k), encode(v, arrays, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    return {"other": type(value).__name__[:40]}


class Other:
    """Something that is no number, text or list of such."""


def decode(header: Any, arrays: list[np.ndarray]) -> Any:
    """The value of an encoding, which may be a hostile one: nothing in it is used
    twice, and all of it together is small. Raises ValueError: it is none.
    """
    try:
        return _Decoder(arrays).value(header, 0)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"no encoding: {error}") from None


class _Decoder:
    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.arrays: list[np.ndarray | None] = [*arrays]
        self.left = NUMBERS

    def count(self, number: int) -> None:
        self.left -= number
        if self.left < 0:
            raise ValueError("too many numbers")

    def text(self, one: Any) -> str:
        if type(one) is not str or len(one) > TEXT:
            raise ValueError("no text, or too long a one")
        return one

    def value(self, header: Any, depth: int) -> Any:
        self.count(1)
        if type(header) is not dict or len(header) != 1 or depth > DEEP:
            raise ValueError("no value")
        ((kind, inner),) = header.items()
        if kind in ("array", "number"):
            array, self.arrays[inner] = self.arrays[inner], None
            if array is None:
                raise ValueError("an array that was used")
            self.count(array.size)
            return array if kind == "array" else array.reshape(())[()]
        if kind == "value":
            if type(inner) is int and abs(inner) >= 2**62:
                raise ValueError("too large a number")
            if inner is None or type(inner) in (bool, int, float):
                return inner
            return self.text(inner)
        if kind == "text":
            shape, texts = inner
            self.count(len(texts))
            return np.array([*map(self.text, texts)], dtype=str).reshape(shape)
        if kind in ("list", "tuple") and type(inner) is list:
            values = [self.value(one, depth + 1) for one in inner]
            return values if kind == "list" else tuple(values)
        if kind == "dict":
            return {self.text(k): self.value(one, depth + 1) for k, one in inner}
        if kind == "rng":
            rng = np.random.default_rng()
            rng.bit_generator.state = inner
            return rng
        if kind == "other":
            return Other()
        raise ValueError("no kind")


def pack(header: dict[str, Any], arrays: list[np.ndarray]) -> bytes:
    """A frame."""
    said = [[one.dtype.str, one.shape] for one in arrays]
    text = json.dumps({**header, "arrays": said}).encode()
    body = struct.pack(">I", len(text)) + text + b"".join(a.tobytes() for a in arrays)
    if len(body) > LARGEST:
        raise ValueError("the result is too large")
    return struct.pack(">Q", len(body)) + body


def unpack(body: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Header and arrays of a frame's body. Raises ValueError: it is no frame."""
    arrays = []
    try:
        (length,) = struct.unpack(">I", body[:4])
        header = json.loads(body[4 : 4 + length])
        start = 4 + length
        for name, shape in header["arrays"]:
            if name not in STORED or not all(type(n) is int and n >= 0 for n in shape):
                raise ValueError("no array")
            kind, number = np.dtype(name), math.prod(shape)
            stop = start + number * kind.itemsize
            array = np.frombuffer(body[start:stop], dtype=kind, count=number)
            arrays.append(array.reshape(shape).copy())
            start = stop
    except Exception as error:  # whatever it is, it is no frame
        raise ValueError(f"no frame: {error}") from None
    return header, arrays


def read_exactly(stream: int, number: int) -> bytes:
    parts = b""
    while len(parts) < number:
        part = os.read(stream, min(number - len(parts), 1 << 16))
        if not part:
            raise EOFError
        parts += part
    return parts


# ------------------------------------------------------------------ in the child


def confine(first: dict[str, Any]) -> None:
    """Give up what an answer does not need: after the imports, which need it."""
    import ctypes
    import resource

    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()

    def limit(name: str) -> None:
        kind, value = getattr(resource, name), first["limits"].pop(name)
        if name == "RLIMIT_AS":  # more than the libraries took
            value += used
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))

    for name in [*first["limits"]]:
        if name != "RLIMIT_NPROC":
            limit(name)
    if first["user"] is not None:
        os.setgroups([])
        os.setgid(first["user"])
        os.setuid(first["user"])
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: it dies with its parent
    system.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS: no sudo
    if first["watched"]:
        more = ("/usr", "/lib", "/lib64", "/dev/urandom", "/dev/random")
        _only_read(system, [*first["watched"], *more])
    if not _only_compute(system):  # which lets threads be started
        limit("RLIMIT_NPROC")
    if first["watched"]:
        sys.addaudithook(_watch(tuple(first["watched"])))


# System calls by which a process starts, reaches or changes others, talks to a network,
# or takes memory that no limit counts. For x86-64, then for 64-bit ARM.
DENIED = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}


def _only_compute(system: Any) -> bool:
    """Have the kernel refuse the calls in `DENIED`, in all threads, for good (seccomp).
    Threads may be started, processes may not. False: this kernel can't.
    """
    import ctypes

    machines = {
        "x86_64": (0, 0xC000003E, 317, 56),
        "aarch64": (1, 0xC00000B7, 277, 220),
    }
    if os.uname().machine not in machines:
        return False
    column, architecture, seccomp, clone = machines[os.uname().machine]
    load, equal, at_least, has, leave = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, unknown = 0x7FFF0000, 0x00050001, 0x00050026  # EPERM, ENOSYS
    rows = [(load, 0, 0, 4), (equal, 1, 0, architecture), (leave, 0, 0, refuse)]
    rows += [(load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (leave, 0, 0, refuse)]
    for numbers in DENIED.values():
        number = numbers[column]
        if number is not None:
            rows += [(equal, 0, 1, number), (leave, 0, 0, refuse)]
    rows += [(equal, 0, 1, 435), (leave, 0, 0, unknown)]  # clone3: libc takes clone
    rows += [(equal, 0, 3, clone), (load, 0, 0, 16), (has, 1, 0, 0x10000)]
    rows += [(leave, 0, 0, refuse), (leave, 0, 0, allow)]
    program = b"".join(struct.pack("HBBI", *row) for row in rows)
    held = ctypes.create_string_buffer(program, len(program))
    filled = struct.pack("HxxxxxxQ", len(rows), ctypes.addressof(held))
    return system.syscall(seccomp, 1, 1, filled) == 0


def _only_read(system: Any, paths: list[str]) -> bool:
    """Have the kernel refuse all files but these and those below them, and all writing
    (Landlock). False: this kernel can't.
    """
    import ctypes

    every = 0x1FFF  # of the first version; below: execute, read, list
    rules = system.syscall(444, struct.pack("Q", every), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    for name in paths:
        if os.path.exists(name):
            reading = 0b1101 if os.path.isdir(name) else 0b100
            handle = os.open(name, os.O_PATH | os.O_CLOEXEC)
            system.syscall(445, rules, 1, struct.pack("=Qi", reading, handle), 0)
            os.close(handle)
    done = system.syscall(446, rules, 0)
    os.close(rules)
    return done == 0


REFUSED = (
    "socket.",
    "subprocess.",
    "sqlite3.",
    "signal.",
    "mmap.",
    "object.__setattr__",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.kill",
    "os.link",
    "os.symlink",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.chown",
    "os.chdir",
    "os.truncate",
    "os.utime",
    "os.listdir",
    "os.scandir",
    "ctypes.",
    "shutil.",
    "pty.spawn",
)


def _watch(allowed: tuple[str, ...]) -> Any:
    """A hook that lets files be read below some folders only, and starts nothing. It
    uses no name that an answer could give another meaning: only what it holds.
    """
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def hook(
        event: str,
        arguments: tuple[Any, ...],
        allowed: tuple[str, ...] = tuple(f"{one}/" for one in allowed),
        refused: tuple[str, ...] = REFUSED,
        error: Any = PermissionError,
        kind: Any = type,
        integer: Any = int,
        string: Any = str,
        octets: Any = bytes,
        writing: int = writing,
    ) -> None:
        if event.startswith(refused):
            raise error(f"{event} is not allowed in an answer")
        if event == "open":
            name, _, flags = arguments
            if kind(name) is integer:
                return
            if kind(name) is octets:
                name = name.decode("utf-8", "surrogateescape")
            if (
                kind(name) is not string
                or (kind(flags) is integer and flags & writing)
                or not name.startswith(allowed)
                or "/../" in name
                or "/rec_tutor/" in name
            ):
                raise error(f"not open to answers: {name!r}")

    return hook


class _NoAnswers:
    """Nobody imports the solutions here."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> None:
        if name.partition(".")[0] == "rec_tutor":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def tensors(framework: str, gradient: list[int]) -> Any:
    """How to call a function with tensors: as `rec_tutor.check.tensors` does."""
    if framework == "torch":
        import torch

        def make(one: Any) -> Any:
            if not isinstance(one, np.ndarray):
                return one
            kind = torch.float32 if one.dtype.kind == "f" else None
            return torch.tensor(one, dtype=kind)

        def call(function: Any, given: list[Any]) -> Any:
            given = [make(one) for one in given]
            for at in gradient:
                given[at].requires_grad_()
            value = function(*given)
            if not gradient:
                return value
            if tuple(getattr(value, "shape", ())) or isinstance(value, tuple | list):
                raise ValueError("return one number")
            if not getattr(value, "requires_grad", False):
                raise NoGradientError
            by = [given[at] for at in gradient]
            slopes = torch.autograd.grad(value, by, allow_unused=True)
            if any(slope is None for slope in slopes):
                raise NoGradientError
            return (value, *slopes)

    else:
        import tensorflow as tf

        def make(one: Any) -> Any:
            if not isinstance(one, np.ndarray):
                return one
            return tf.constant(one.astype("float32") if one.dtype.kind == "f" else one)

        def call(function: Any, given: list[Any]) -> Any:
            given = [make(one) for one in given]
            by = [given[at] for at in gradient]
            with tf.GradientTape() as tape:
                tape.watch(by)
                value = function(*given)
            if not gradient:
                return value
            if tuple(getattr(value, "shape", ())) or isinstance(value, tuple | list):
                raise ValueError("return one number")
            if not tf.is_tensor(value):
                raise NoGradientError
            slopes = tape.gradient(value, by)
            if any(slope is None for slope in slopes):
                raise NoGradientError
            return (value, *map(tf.convert_to_tensor, slopes))

    return call


class NoGradientError(Exception):
    """The result does not depend on an argument, as far as the framework knows."""


def empty(code: Any, docstring: str | None) -> bool:
    """Nothing but dots, `pass` or a docstring."""
    used = [one for one in code.co_consts if one not in (None, ..., docstring)]
    simple = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    return not used and {one.opname for one in dis.get_instructions(code)} <= simple


def answer(
    request: dict[str, Any], arrays: list[np.ndarray], room: dict[str, Any], how: Any
) -> bytes:
    """Do what a request asks: define an answer, or call it."""
    made: list[np.ndarray] = []
    reply: dict[str, Any] = {"nonce": request["nonce"]}
    try:
        if "code" in request:
            room.clear()
            room["__name__"] = "answer"
            exec(compile(request["code"], "<answer>", "exec"), room)
            function = room[request["name"]]
            code = getattr(function, "__code__", None)
            reply["empty"] = code is not None and empty(code, function.__doc__)
        else:
            given = [decode(one, arrays) for one in request["arguments"]]
            result = how(room[request["name"]], given)
            reply["result"] = encode(result, made)
            reply["rngs"] = [
                encode(one, made) if isinstance(one, np.random.Generator) else None
                for one in given
            ]
    except BaseException as error:
        made.clear()
        reply = {"nonce": request["nonce"], "error": type(error).__name__[:60]}
        try:
            reply["text"] = str(error)[:300]
        except BaseException:
            reply["text"] = ""
    try:
        return pack(reply, made)
    except BaseException as error:
        reply = {"nonce": request["nonce"], "error": "ValueError", "text": str(error)}
        return pack(reply, [])


def warm(framework: str) -> None:
    """Use everything once: afterwards a user without rights may be unable to read what
    would be imported then.
    """
    for name in ALWAYS:
        importlib.import_module(name)
    rng = np.random.default_rng(0)
    table = rng.normal(size=(3, 3)) + np.eye(3)
    made: list[np.ndarray] = []
    sent = encode([table, rng, 1, 2.5, "a", None, np.linalg.inv(table)], made)
    header, arrays = unpack(pack({"nonce": "", "sent": sent}, made)[8:])
    decode(header["sent"], arrays)
    try:
        table @ np.zeros(7)
    except ValueError as error:
        str(error)
    if framework:
        for gradient in ([], [0]):
            encode(tensors(framework, gradient)(lambda x: (x @ x)[0, 0], [table]), [])


def main() -> None:
    source, target = int(sys.argv[1]), int(sys.argv[2])

    def receive() -> tuple[dict[str, Any], list[np.ndarray]]:
        (length,) = struct.unpack(">Q", read_exactly(source, 8))
        return unpack(read_exactly(source, length))

    first, _ = receive()
    how: Any = lambda function, given: function(*given)  # noqa: E731
    if first["framework"]:
        how = tensors(first["framework"], first["gradient"])
    warm(first["framework"])
    sys.meta_path.insert(0, _NoAnswers)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    confine(first)
    os.write(target, pack({"nonce": first["nonce"], "ready": True}, []))
    room: dict[str, Any] = {}
    write = os.write
    while True:
        try:
            request, arrays = receive()
        except EOFError:
            return
        frame = answer(request, arrays, room, how)
        while frame:
            frame = frame[write(target, frame) :]


if __name__ == "__main__":
    main()
