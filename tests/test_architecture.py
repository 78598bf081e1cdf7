"""The floors of the house, kept by its source: no import runs upward, and each room does only its own work."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 400
# The first prefix that fits decides the floor; a module imports from its own floor or a lower one.
FLOORS = (
    ("reviews.rules", 20),
    ("reviews.models", 21),
    ("reviews.migrations", 22),
    ("reviews.actions", 23),
    ("reviews.reports", 23),
    ("reviews.sheets", 23),
    ("reviews", 24),
    ("procedures", 10),
    ("tthc_portal.accounts", 1),
    ("tthc_portal.jobs", 1),
    ("tthc_portal.boxes", 0),
    ("tthc_portal.formats", 0),
    ("tthc_portal.rendering", 0),
    ("tthc_portal.sheets", 0),
    ("tthc_portal.templatetags", 0),
    ("tthc_portal.text", 0),
    # The composition root (settings, addresses, frame, archives …) knows everybody.
    ("tthc_portal", 30),
)
WRITES = {"save", "create", "delete", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    name_of(path): path
    for package in ("tthc_portal", "procedures", "reviews")
    for path in sorted((ROOT / package).rglob("*.py"))
}
WRITTEN = {name: path for name, path in MODULES.items() if "migrations" not in name.split(".")}
TREES = {name: ast.parse(path.read_text()) for name, path in WRITTEN.items()}


def floor(module):
    return next((height for prefix, height in FLOORS if f"{module}.".startswith(f"{prefix}.")), None)


def imports(tree):
    """Every (line, module) imported anywhere in ``tree``, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield node.lineno, deeper if deeper in MODULES else node.module


def in_room(room):
    return {name: tree for name, tree in TREES.items() if f"{name}.".startswith(f"{room}.")}


def test_no_import_runs_upward():
    upward = [
        f"{name}:{line} imports {target}"
        for name, tree in TREES.items()
        for line, target in imports(tree)
        if floor(target) is not None and floor(target) > floor(name)
    ]
    assert upward == []


def test_the_rules_know_nothing_of_django():
    foreign = {target.split(".")[0] for tree in in_room("reviews.rules").values() for _, target in imports(tree)} - {
        "reviews"
    }
    assert not foreign & {"django", "procedures", "tthc_portal"}


def test_imports_are_absolute_and_name_what_they_take():
    bad = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level or any(alias.name == "*" for alias in node.names))
    ]
    assert bad == []


@pytest.mark.parametrize("room", ["reviews.views", "procedures.views", "tthc_portal.jobs.views", "reviews.reports"])
def test_views_and_reports_write_nothing_themselves(room):
    """``form.save()`` and dict or cookie updates are found too: a view hands over to an action."""
    writes = [
        f"{name}:{node.lineno} .{node.func.attr}()"
        for name, tree in in_room(room).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert writes == []


def test_actions_never_take_a_request_and_name_who_acts():
    for name, tree in in_room("reviews.actions").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                taken = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
                assert "request" not in taken, f"{name}.{node.name}"
                assert "by" not in [a.arg for a in node.args.args] or node.name.startswith(("_", "actor")), (
                    f"{name}.{node.name}: by is keyword-only"
                )


def test_no_module_outgrows_a_readers_patience():
    tests = {name_of(path): path for path in sorted((ROOT / "tests").rglob("*.py"))}
    sizes = {name: len(path.read_text().splitlines()) for name, path in (WRITTEN | tests).items()}
    assert {name: lines for name, lines in sizes.items() if lines > MAX_LINES} == {}


def test_every_module_class_and_public_function_says_what_it_is():
    silent = [
        f"{name}.{getattr(node, 'name', '')}".rstrip(".")
        for name, tree in TREES.items()
        for node in [tree, *tree.body]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and not getattr(node, "name", "").startswith("_")
        and (tree.body and not ast.get_docstring(node))
    ]
    assert silent == []
