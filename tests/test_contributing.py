"""The examples of CONTRIBUTING.md run, and its changes are to lines that there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (An? .+?)\n(.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL))

#: Runs a file as pytest would run its tests: in a process of its own, since classes are known once they are defined.
RUN = """
import sys
from pathlib import Path

namespace = {"__name__": "contributed"}
exec(compile(Path("example.py").read_text(encoding="utf-8"), "example.py", "exec"), namespace)
tests = [value for name, value in namespace.items() if name.startswith("test_")]
for test in tests:
    test(**{"tmp_path": Path.cwd()} if test.__code__.co_argcount else {})
print(len(tests))
"""


def blocks(section, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


def test_there_is_a_section_for_every_kind_of_extension():
    assert list(SECTIONS) == ["A kind of Gramians", "A class of models", "A method of reduction"]


@pytest.mark.parametrize("section", SECTIONS)
def test_examples_run(section, tmp_path):
    (tmp_path / "example.py").write_text("\n".join(blocks(section, "python")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1


@pytest.mark.parametrize("section", SECTIONS)
def test_the_files_that_are_touched_are_there(section):
    tables = re.findall(r"^\| `([^`]+)` \|", SECTIONS[section], re.MULTILINE)
    new = {re.search(r"^# (\S+)", block, re.MULTILINE)[1] for block in blocks(section, "python")}
    assert new <= set(tables)
    for name in tables:
        assert (ROOT / name).parent.is_dir()
        assert (ROOT / name).exists() is (name not in new)


@pytest.mark.parametrize("change", [block for section in SECTIONS for block in blocks(section, "diff")])
def test_changes_are_to_lines_that_there_are(change):
    lines = None
    for line in change.splitlines():
        if line.startswith("+++ b/"):
            lines = (ROOT / line.removeprefix("+++ b/")).read_text(encoding="utf-8").splitlines()
        elif line[0] in " -" and not line.startswith("--- "):
            assert line[1:] in lines
    assert lines is not None
