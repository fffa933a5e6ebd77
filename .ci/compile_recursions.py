"""Compiles dlnbalance/linalg/_recursions.pyx when a wheel is built; without a C compiler the wheel has Python alone."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "dlnbalance.linalg._recursions"
SOURCE = "dlnbalance/linalg/_recursions.pyx"


class CompiledRecursions(BuildHookInterface):
    """Adds the compiled module to a wheel; for an editable installation it is built beside its source."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the module before the files of the wheel are gathered."""
        self._folder = tempfile.TemporaryDirectory()
        target = self.root if version == "editable" else self._folder.name
        built = compiled(Path(self.root), Path(self._folder.name), Path(target))
        if built is None:
            self.app.display_warning(f"{MODULE} could not be compiled: the same will be done in Python, more slowly")
        elif version != "editable":
            build_data["force_include"][str(built)] = built.relative_to(target).as_posix()
            build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built on the way."""
        del version, build_data, artifact_path
        self._folder.cleanup()


def compiled(root: Path, work: Path, target: Path) -> Path | None:
    """Build the module into `target`, which has the folders of its package; None where that cannot be done."""
    from Cython.Build import cythonize
    from Cython.Compiler.Errors import CompileError
    from setuptools import Distribution, Extension
    from setuptools.errors import BaseError, CCompilerError

    here = os.getcwd()
    os.chdir(root)  # the name of the C file in `work` is that of the source below the working directory
    try:
        extensions = cythonize([Extension(MODULE, [SOURCE])], build_dir=str(work), force=True, quiet=True)
        command: Any = Distribution({"name": "dlnbalance", "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(target), str(work)
        command.ensure_finalized()
        command.run()
    except (BaseError, CCompilerError, CompileError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 (what the compiler has to say belongs to the log of the build)
        return None
    finally:
        os.chdir(here)
    return target / command.get_ext_filename(MODULE)
