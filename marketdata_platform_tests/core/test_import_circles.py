"""Imports inside `core` form no circle, those inside functions included."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import marketdata_platform

ROOT = Path(marketdata_platform.__file__).parent


def modules():
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = (ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports_of(tree, known):
    """What is imported at run time; a name that is only annotated (`TYPE_CHECKING`) is not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom):
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in known else node.module for name in names)
        yield from imports_of(node, known)


def test_imports_inside_core_form_no_circle():
    known = modules()
    core = {name: path for name, path in known.items() if ".core." in name}
    graph = {
        name: {one for one in imports_of(ast.parse(path.read_text()), known) if one in core}
        - {name}
        for name, path in core.items()
    }
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names them
    assert len(order) == len(core) > 50
