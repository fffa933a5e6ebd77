"""Sets of Matrix Market files."""

import json

import pytest
import scipy.sparse as sp

from dlnbalance.files.models import load, load_system, save
from dlnbalance.systems.linear_system import LinearSystem

from ..models import random_system
from .models import assert_same, files, refused


@pytest.fixture
def system(rng):
    return random_system(rng, 4, 2, 3)


class TestMatrixMarket:
    HEADER = "%%MatrixMarket matrix array real general\n"

    def write(self, folder, pattern="m.{}.mtx", **contents):
        for letter, content in contents.items():
            (folder / pattern.format(letter)).write_text(content)
        return folder

    def scalars(self, **values):
        return {letter: f"{self.HEADER}1 1\n{value}\n" for letter, value in values.items()}

    @pytest.mark.parametrize("name", ["m.mtx", "m.A.mtx"])
    def test_members_with_a_suffix(self, tmp_path, name):
        self.write(tmp_path, **self.scalars(A=-1, B=2, C=3))
        assert_same(load(tmp_path / name), LinearSystem(-1.0, 2.0, 3.0))

    def test_members_without_a_suffix(self, tmp_path):
        self.write(tmp_path, "m.{}", **self.scalars(A=-1, B=2, C=3, D=4, E=5))
        assert_same(load(tmp_path / "m.A"), LinearSystem(-1.0, 2.0, 3.0, 4.0, E=5.0))

    def test_first_member_names_the_set_to_write(self, system, tmp_path):
        save(system, tmp_path / "m.A.mtx")
        assert "m.A.mtx" in files(tmp_path)
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_kinds_of_matrices(self, tmp_path):
        self.write(
            tmp_path,
            A="%%MatrixMarket matrix coordinate real symmetric\n% by hand\n2 2 3\n1 1 -2\n2 1 1\n2 2 -2\n",
            B="%%MatrixMarket matrix coordinate pattern general\n2 1 1\n2 1\n",
            C="%%MatrixMarket matrix array integer general\n1 2\n3\n4\n",
            D="%%MatrixMarket matrix array complex general\n1 1\n0 1\n",
        )
        system = load_system(tmp_path / "m.mtx")
        assert system.is_sparse
        assert_same(
            system, LinearSystem(sp.csc_array([[-2.0, 1.0], [1.0, -2.0]]), [[0.0], [1.0]], [[3.0, 4.0]], [[1j]])
        )

    @pytest.mark.parametrize("letter", "ABC")
    def test_missing_member(self, tmp_path, letter):
        contents = self.scalars(A=-1, B=2, C=3)
        del contents[letter]
        refused(self.write(tmp_path, **contents) / "m.mtx", f"no file m.{letter}.mtx")

    def test_single_matrix_is_not_a_system(self, tmp_path):
        (tmp_path / "m.mtx").write_text(f"{self.HEADER}1 1\n2\n")
        refused(tmp_path / "m.mtx", "m.A.mtx", "path of the set")

    @pytest.mark.parametrize("letter", "ABCDE")
    def test_lost_member_is_noticed(self, tmp_path, letter):
        save(LinearSystem(-1.0, 1.0, 1.0, 2.0, E=3.0), tmp_path / "m.mtx")
        (tmp_path / f"m.{letter}.mtx").unlink()
        refused(tmp_path / "m.mtx", f"no file m.{letter}.mtx")

    def test_without_the_descriptor_matrix(self, tmp_path):
        save(LinearSystem(-1.0, 1.0, 1.0, 2.0, E=3.0, dt=0.5), tmp_path / "m.mtx")
        (tmp_path / "m.E.mtx").write_text("no matrix")
        refused(tmp_path / "m.mtx", "m.E.mtx", "descriptor=False")
        assert_same(load(tmp_path / "m.mtx", descriptor=False), LinearSystem(-1.0, 1.0, 1.0, 2.0, dt=0.5))

    def test_a_matrix_that_does_not_fit_in_memory(self, tmp_path):
        huge = "%%MatrixMarket matrix coordinate real general\n2000000000000 2000000000000 1\n1 1 3\n"
        refused(self.write(tmp_path, **(self.scalars(B=2, C=3) | {"A": huge})) / "m.mtx", "fits in memory")

    def test_list_of_members_decides(self, system, tmp_path):
        save(system, tmp_path / "m.mtx")
        (tmp_path / "m.E.mtx").write_text("of another model")
        assert_same(load(tmp_path / "m.mtx"), system)

    def test_other_comments_are_ignored(self, tmp_path):
        contents = self.scalars(A=-1, B=2, C=3)
        contents["A"] = contents["A"].replace("\n", '\n% {"dt": 7}\n%\n', 1)
        assert load_system(self.write(tmp_path, **contents) / "m.mtx").dt == 0

    def test_comments_are_json(self, tmp_path):
        save(LinearSystem(-1.0, 1.0, 1.0, dt=0.1, name="é"), tmp_path / "m.mtx")
        lines = (tmp_path / "m.A.mtx").read_text("ascii").splitlines()
        comments = [line[1:] for line in lines[1:] if line.startswith("%")]
        assert comments[0] == "dlnbalance"
        assert json.loads("".join(comments[1:])) == {"dt": 0.1, "name": "é", "matrices": ["A", "B", "C", "D"]}

    @pytest.mark.parametrize(
        "details",
        ["{", "[]", "3", '{"matrices": ["A", "F"]}', '{"matrices": 3}', '{"dt": "x"}', '{"inputs": 3}', "[" * 9999],
    )
    def test_damaged_comments(self, tmp_path, details):
        contents = self.scalars(A=-1, B=2, C=3)
        contents["A"] = contents["A"].replace("\n", f"\n%dlnbalance\n%{details}\n", 1)
        refused(self.write(tmp_path, **contents) / "m.mtx")

    @pytest.mark.parametrize(
        ("content", "fragment"),
        [
            ("not a matrix\n", "banner"),
            ("%%MatrixMarket matrix array real general\n1 1\n2", "finished last line"),
            ("%%MatrixMarket matrix array real general\n2 1\n2\n", "Truncated"),
            ("%%MatrixMarket matrix array real general\n1 1\n2\n3\n", "Too many"),
            ("%%MatrixMarket matrix array real general\n1 1\n\0\n", "NUL"),
            ("%%MatrixMarket matrix array real general\n1 1\nnan\n", "finite"),
            ("%%MatrixMarket matrix array real general\n0 0\n", "size line"),
            ("%%MatrixMarket matrix array real general\n0 1\n", "size line"),
            ("%%MatrixMarket matrix array real general\n-1 1\n1\n", "negative"),
            ("%%MatrixMarket matrix array real general\n999999 999999\n1\n", "size line"),
            ("%%MatrixMarket matrix array real symmetric\n3 2\n1\n1\n1\n1\n1\n1\n", "size line"),
            ("%%MatrixMarket matrix coordinate real general\n1 1 1\n2 1 3\n", "out of bounds"),
            ("%%MatrixMarket matrix coordinate real general\n1 1 99999999\n1 1 3\n", "size line"),
            ("%%MatrixMarket matrix coordinate real general\n2 3 0\n", "square"),
            ("%%MatrixMarket vector array real general\n1\n1\n", "not supported"),
        ],
    )
    def test_damaged_member(self, tmp_path, content, fragment):
        contents = self.scalars(B=2, C=3) | {"A": content}
        refused(self.write(tmp_path, **contents) / "m.mtx", fragment)
