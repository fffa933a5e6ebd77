"""What is public, and the source of a page for every package with every public name once, under its shortest name.

Public is what the stubs ``__init__.pyi`` of the packages list, and what the modules listed there have in ``__all__``.
"""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ROOT = "dlnbalance"


class Public(NamedTuple):
    """One public function, class or constant."""

    name: str  # under which it is documented
    page: str  # the package or single module that it belongs to
    value: Any

    @property
    def short(self) -> str:
        """The name below ``dlnbalance``."""
        return self.name.removeprefix(f"{ROOT}.")

    @property
    def directive(self) -> str:
        """What autodoc documents it by."""
        if inspect.isclass(self.value):
            return "autoclass"
        return "autofunction" if inspect.isroutine(self.value) else "autodata"


def listed(package: str) -> dict[str, Any]:
    """What the stub of a package lists; subpackages and modules among it."""
    module = import_module(package)
    tree = ast.parse(Path(str(module.__file__)).with_name("__init__.pyi").read_text(encoding="utf-8"))
    names = [alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    return {f"{package}.{name}": getattr(module, name) for name in names}


def offered() -> list[tuple[str, Any]]:
    """Every public name of anything, shortest first."""
    found: dict[str, Any] = {}
    packages = [ROOT]
    for package in packages:  # grows on the way
        for name, value in listed(package).items():
            found[name] = value
            if not isinstance(value, ModuleType):
                continue
            if hasattr(value, "__path__"):
                packages.append(name)
            else:
                found |= {f"{name}.{entry}": getattr(value, entry) for entry in value.__all__}
    return sorted(found.items(), key=lambda item: (item[0].count("."), item[0]))


def modules() -> set[str]:
    """Names of the public packages and modules."""
    return {name for name, value in offered() if isinstance(value, ModuleType)}


def public() -> list[Public]:
    """Every public function, class and constant once, in the order of its names."""
    chosen: dict[Any, Public] = {}
    pages = {name for name, value in listed(ROOT).items() if isinstance(value, ModuleType)}
    for name, value in offered():
        if isinstance(value, ModuleType):
            continue
        home = str(getattr(value, "__module__", ""))
        if ".".join(home.split(".")[:2]) not in pages:  # constants have none, and some live below the public packages
            home = name
        key = id(value) if inspect.isclass(value) or inspect.isroutine(value) else name.rpartition(".")[2]
        chosen.setdefault(key, Public(name, home.split(".")[1], value))
    return sorted(chosen.values(), key=lambda entry: (entry.page, entry.name.lower()))


def page(title: str, entries: list[Public]) -> str:
    """The source of a page: what the package is for, a table of its names, and all of them in full."""
    module = f"{ROOT}.{title}"
    lines = [f"{title}\n{'=' * len(title)}\n", f".. automodule:: {module}\n   :no-members:\n"]
    lines += [f".. currentmodule:: {ROOT}\n", ".. autosummary::\n", *(f"   {entry.short}" for entry in entries), ""]
    for entry in entries:
        lines.append(f"{entry.short}\n{'-' * len(entry.short)}\n\n.. {entry.directive}:: {entry.name}")
        if entry.directive == "autoclass":
            lines += ["   :members:", "   :special-members: __call__", "   :show-inheritance:"]
        lines.append("")
    return "\n".join(lines)


def write_pages(folder: Path) -> None:
    """Write the pages of all packages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = public()
    for title in {entry.page for entry in entries}:
        own = [entry for entry in entries if entry.page == title]
        source = page(title, own)
        target = folder / f"{title}.rst"
        if not target.is_file() or target.read_text(encoding="utf-8") != source:  # what is unchanged is not read again
            target.write_text(source, encoding="utf-8")


def homes() -> dict[str, str]:
    """The documented name of a public thing, by its place in the code, its public names, and its bare name."""
    documented: dict[str, str] = {}
    by_value = {id(entry.value): entry.name for entry in public()}
    for name, value in reversed(offered()):
        target = by_value.get(id(value))
        if target is None:
            continue
        own = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
        documented |= {own: target, name: target, name.rpartition(".")[2]: target}
    return documented


def exists(name: str) -> bool:
    """Whether a dotted name below the package leads to something."""
    module, _, rest = name.partition(".")
    value: Any = import_module(module)
    for part in filter(None, rest.split(".")):
        try:
            value = getattr(value, part) if hasattr(value, part) else import_module(f"{value.__name__}.{part}")
        except (ImportError, AttributeError):
            return False
    return True
