"""MATLAB files of version 4: against bytes made by hand and files of scipy."""

import io
import struct

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError
from dlnbalance.files import matlab_version_4


def variable(name, code, shape, *parts, order="<"):
    """Header and entries of a variable; `parts` are the real and, where there is one, the imaginary part."""
    kinds = {"dtype": ["f8", "f4", "i4", "i2", "u2", "u1"][code // 10 % 10]}
    header = struct.pack(f"{order}5i", code, *shape, len(parts) - 1, len(name) + 1) + name.encode() + b"\0"
    return header + b"".join(np.asarray(part, f"{order}{kinds['dtype']}").tobytes(order="F") for part in parts)


def content(data):
    stream = io.BytesIO(data)
    return {name: matlab_version_4.read(stream, name, at) for name, at in matlab_version_4.variables(stream).items()}


@pytest.mark.parametrize(("order", "thousands"), [("<", 0), (">", 1000)])
@pytest.mark.parametrize("code", [0, 10, 20, 30, 40, 50])
def test_numbers_of_every_type_and_byte_order(order, thousands, code):
    matrix = np.array([[1, 2, 3], [4, 5, 6]])
    data = variable("A", thousands + code, (2, 3), matrix, order=order)
    found = content(data + variable("x", thousands, (1, 1), [[0.5]], order=order))
    np.testing.assert_array_equal(found["A"], matrix)
    assert found["x"].item() == 0.5


def test_complex_numbers_come_in_two_parts():
    found = content(variable("A", 0, (2, 1), [[1.0], [2.0]], [[3.0], [-4.0]]))
    np.testing.assert_array_equal(found["A"], [[1 + 3j], [2 - 4j]])


def test_sparse_matrices_are_tables_that_end_with_the_shape():
    table = [[1, 1, 7.0], [3, 2, -2.0], [3, 4, 0.0]]
    found = content(variable("A", 2, (3, 3), table))["A"]
    assert sp.issparse(found)
    np.testing.assert_array_equal(found.toarray(), [[7, 0, 0, 0], [0, 0, 0, 0], [0, -2, 0, 0]])


@pytest.mark.parametrize("sparse", [False, True])
def test_what_scipy_writes(rng, tmp_path, sparse):
    A = np.triu(rng.standard_normal((4, 4)))
    scipy.io.savemat(tmp_path / "m.mat", {"A": sp.csc_array(A) if sparse else A, "dt": 0.25}, format="4")
    found = content((tmp_path / "m.mat").read_bytes())
    np.testing.assert_array_equal(found["A"].toarray() if sparse else found["A"], A)
    assert found["dt"].item() == 0.25


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda data: data[:-1], id="cut off"),
        pytest.param(lambda data: data[:10], id="half a header"),
        pytest.param(lambda data: struct.pack("<i", 60) + data[4:], id="unknown type"),
        pytest.param(lambda data: struct.pack("<i", 4) + data[4:], id="unknown kind"),
        pytest.param(lambda data: data[:4] + struct.pack("<i", -1) + data[8:], id="negative shape"),
    ],
)
def test_damage_is_refused(damaged):
    data = variable("A", 0, (2, 2), np.eye(2))
    assert content(data)["A"].shape == (2, 2)
    with pytest.raises(InvalidArgumentError):
        content(damaged(data))
