"""The API reference, written from the sources without importing them: a small Sphinx
extension.

In book/api/*.md a line `<!-- api: rec_tutor.evaluation.metrics -->` is replaced by the
module's docstring and an entry for each of its public classes and functions. Docstrings
are read as Markdown.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sphinx.application import Sphinx

from course import sourcecode

Definition = ast.ClassDef | ast.FunctionDef


def public(module: str, root: Path) -> list[tuple[str, Definition]]:
    """A module's public names with their definitions, in the order of its `__all__`,
    else of its text.
    """
    file = sourcecode.module_file(module, root)
    if file is None:
        raise LookupError(f"book/api: there is no module {module}")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = [
        node.name
        for node in tree.body
        if isinstance(node, Definition) and not node.name.startswith("_")
    ]
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") == "__all__"
        ):
            own = ast.literal_eval(node.value)
            # a module that a package offers has an entry of its own
            homes = {n: sourcecode.module_file(f"{module}.{n}", root) for n in own}
            names = [n for n in own if homes[n] is None and not n.isupper()]
    found = [(name, sourcecode.find(f"{module}.{name}", root)[2]) for name in names]
    return [(name, node) for name, node in found if isinstance(node, Definition)]


def decorators(node: Definition) -> set[str]:
    """The last words of a definition's decorators: {"dataclass"}, {"property"}."""
    return {
        re.split(r"\W", ast.unparse(decorator).partition("(")[0])[-1]
        for decorator in node.decorator_list
    }


def with_constructor(node: Definition, module: str, root: Path) -> Definition:
    """A class with the constructor that it inherits from one of its own module."""
    if isinstance(node, ast.ClassDef) and not has_constructor(node):
        for base in node.bases:
            try:
                found = sourcecode.find(f"{module}.{ast.unparse(base)}", root)[2]
            except LookupError:
                continue
            if isinstance(found, ast.ClassDef) and has_constructor(found):
                node.body += [n for n in found.body if is_constructor(n)]
                break
    return node


def is_constructor(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def has_constructor(node: ast.ClassDef) -> bool:
    return any(map(is_constructor, node.body))


def signature(node: Definition) -> str:
    """`(users: np.ndarray, k: int = 10) -> np.ndarray`; for a class, of its
    constructor, without self.
    """
    if isinstance(node, ast.FunctionDef):
        arguments = ast.unparse(node.args)
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        return f"({re.sub(r'^(self|cls)(, )?', '', arguments)}){returns}"
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            return signature(child).partition(" -> ")[0]
    if "dataclass" in decorators(node):
        fields = [ast.unparse(n) for n in node.body if isinstance(n, ast.AnnAssign)]
        return f"({', '.join(fields)})"
    return ""


SECTIONS = {"Args:": "", "Attributes:": "", "Returns:": "Returns", "Raises:": "Raises"}


def markdown(docstring: str, parameters: set[str]) -> str:
    """A docstring as Markdown: examples become code, the entries of `Args:`,
    `Attributes:` and `Raises:` list entries.

    Args:
        docstring: without its indentation.
        parameters: names that may stand before a colon in `Args:` and `Attributes:`.
    """
    lines: list[str] = []
    section = ""
    example = False
    for line in docstring.splitlines():
        text = line.strip()
        if text in SECTIONS and not example:
            section = text
            title = SECTIONS[section]
            lines += ["", f"**{title}**", ""] if title else [""]
            continue
        section = section if not text or line.startswith(" ") else ""
        if example and not text:
            lines.append("```")
            example = False
        if text.startswith(">>>") and not example:
            lines += ["", "```python"]
            example = True
        inside = line.removeprefix("    ")
        entry = re.match(r"(\*{0,2}\w+(?:, \w+)*): ", inside)
        names = set(re.findall(r"\w+", entry[1])) if entry else set()
        if (section == "Raises:" and entry) or (
            names and names <= parameters and section
        ):
            assert entry
            name = entry[1].replace("*", r"\*")
            lines.append(f"- **{name}**: {inside[entry.end() :]}")
        elif section == "Returns:" or not section:
            lines.append(inside if section else line)
        else:
            lines.append("  " + inside.removeprefix("    ") if text else "")
    return "\n".join([*lines, "```"] if example else lines)


def describe(name: str, node: Definition, depth: int = 5, method: bool = False) -> str:
    """An entry as a directive of Sphinx' Python domain; a class holds the entries of
    its public methods.
    """
    constructor = [
        child
        for child in node.body
        if isinstance(child, ast.FunctionDef) and child.name == "__init__"
    ]
    function = (
        node
        if isinstance(node, ast.FunctionDef)
        else constructor[0]
        if constructor
        else None
    )
    parameters = (
        {
            node.arg
            for node in ast.walk(function.args)
            if isinstance(node, ast.arg)  # *names, too
        }
        if function
        else set()
    )
    fields = {
        child.target.id
        for child in node.body
        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
    }
    body = [markdown(ast.get_docstring(node) or "", parameters | fields)]
    kind, signed = "function", signature(node)
    if isinstance(node, ast.ClassDef):
        errors = any(
            ast.unparse(base).endswith(("Error", "Exception", "Warning"))
            for base in node.bases
        )
        kind = "exception" if errors else "class"
        methods = [
            child
            for child in node.body
            if isinstance(child, ast.FunctionDef) and not child.name.startswith("_")
        ]
        body += [
            describe(child.name, child, depth - 1, method=True) for child in methods
        ]
    elif method and decorators(node) & {"property", "cached_property"}:
        kind, signed = "property", ""
    elif method:
        kind = "method"
    fence = "`" * depth
    return f"{fence}{{py:{kind}}} {name}{signed}\n" + "\n\n".join(body) + f"\n{fence}\n"


def reference(module: str, root: Path = sourcecode.ROOT) -> str:
    """A module's part of the page."""
    file = sourcecode.module_file(module, root)
    assert file is not None
    text = markdown(
        ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "", set()
    )
    entries = [
        describe(name, with_constructor(node, module, root))
        for name, node in public(module, root)
    ]
    return "\n".join([f"```{{py:currentmodule}} {module}\n```\n", text, "", *entries])


def fill_page(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith("book/api/"):
        root = Path(app.srcdir)
        source[0] = re.sub(
            r"<!-- api: ([\w.]+) -->",
            lambda match: reference(match[1], root),
            source[0],
        )
        for file in sorted((root / sourcecode.PACKAGE).rglob("*.py")):
            app.env.note_dependency(str(file))  # a changed docstring is a changed page


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", fill_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
