"""Checked arrays and the exceptions that refuse the rest."""

import numpy as np
import pytest
import scipy.sparse as sp

from dlnbalance import errors
from dlnbalance.errors import DlnBalanceError, InvalidArgumentError
from dlnbalance.linalg.arrays import (
    EPS,
    adjoint,
    as_generator,
    as_matrix,
    dense,
    frozen,
    is_sparse,
    norm,
    product,
    spectral_norm_bound,
    whole_number,
)

from ..models import assert_small, random_matrix


@pytest.mark.parametrize("kinds", [(False, False), (True, True), (False, True)])
@pytest.mark.parametrize("orders", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize("size", [4, 90])  # below and above what goes to SciPy's BLAS
def test_products_of_every_layout(rng, kinds, orders, size):
    left, right = (
        np.asarray(random_matrix(rng, 2 * size, 2 * size, complex_entries=kind), order=order)[::step, :size]
        for kind, order, step in zip(kinds, orders, (1, 2), strict=True)
    )
    for a, b in ((left, right), (adjoint(right), adjoint(left)), (left, right[:, 0]), (left[0], right)):
        found = product(a, b)
        assert found.shape == (a @ b).shape
        assert_small(np.abs(found - a @ b).max(), size, 10)


def test_products_with_sparse_matrices(rng):
    dense_one, sparse_one = random_matrix(rng, 70, 70), sp.random_array((70, 70), density=0.1, rng=rng).tocsc()
    assert_small(np.abs(product(sparse_one, dense_one) - sparse_one.toarray() @ dense_one).max(), 70, 10)


@pytest.mark.parametrize("complex_entries", [False, True])
def test_norms_of_every_layout(rng, complex_entries):
    matrix = random_matrix(rng, 7, 5, complex_entries=complex_entries)
    for M in (matrix, np.asfortranarray(matrix), matrix[::2], adjoint(matrix)):
        for kind, order in (("F", "fro"), ("1", 1), ("I", np.inf)):
            assert_small(abs(norm(M, kind) - np.linalg.norm(M, order)), np.linalg.norm(M), 10)
        assert np.linalg.norm(M, 2) <= spectral_norm_bound(M) <= 5 * np.linalg.norm(M, 2)
        assert_small(abs(spectral_norm_bound(M) - spectral_norm_bound(sp.csc_array(M))), np.linalg.norm(M), 10)
    assert norm(np.zeros((0, 3))) == spectral_norm_bound(np.zeros((3, 0))) == 0
    assert norm(np.full((2, 2), 1e200)) == pytest.approx(2e200, rel=4 * EPS)  # squares overflow


@pytest.mark.parametrize(
    "value, dtype",
    [
        ([[1, 2], [3, 4]], float),
        ([[True, False]], float),
        (np.array([[1, 2]], dtype=np.int8), float),
        (np.array([[1, 2]], dtype=np.uint64), float),
        (np.array([[0.5, 0.25]], dtype=np.float16), float),
        (np.array([[0.5, 0.25]], dtype=np.float32), float),
        (np.array([[0.5, 0.25]], dtype=np.longdouble), float),
        (np.array([[1.0, 2.0]], dtype=">f8"), float),
        ([[1 + 2j, 3]], complex),
        (np.array([[1 + 2j]], dtype=np.complex64), complex),
        (np.array([[1 + 2j]], dtype=np.clongdouble), complex),
    ],
)
def test_numbers_of_every_kind_become_double_precision(value, dtype):
    matrix = as_matrix("M", value)
    assert matrix.dtype == np.dtype(dtype)
    assert np.array_equal(matrix, np.asarray(value))


def test_rounding_unit():
    assert 1 + EPS > 1
    assert 1 + EPS / 2 == 1


def test_single_precision_keeps_its_own_value():
    assert as_matrix("M", np.array([[0.1]], dtype=np.float32)).item() == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize("dtype", [np.longdouble, np.clongdouble])
@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="long double is double here")
def test_long_double_beyond_the_range_of_double_is_refused(dtype):
    with pytest.raises(InvalidArgumentError, match="M: expected finite numbers, got infinite"):
        as_matrix("M", np.array([[np.finfo(np.longdouble).max]], dtype=dtype))


@pytest.mark.parametrize("value", [3, 3.0, True, np.float32(3), np.array(3.0), 2 - 1j])
def test_scalar_is_one_by_one(value):
    assert as_matrix("M", value).shape == (1, 1)
    assert as_matrix("M", value, rows=1).item() == value
    assert as_matrix("M", value, columns=1).item() == value


@pytest.mark.parametrize("shape", [{"rows": 2}, {"columns": 2}, {"rows": 2, "columns": 2}, {"rows": 0}])
def test_scalar_is_no_larger_matrix(shape):
    with pytest.raises(InvalidArgumentError, match="M: expected a two-dimensional array, got shape"):
        as_matrix("M", 3.0, **shape)


@pytest.mark.parametrize(
    "known, shape",
    [
        ({"rows": 3}, (3, 1)),  # the input matrix of a three-state model
        ({"columns": 3}, (1, 3)),  # its output matrix
        ({"rows": 1}, (1, 3)),
        ({"rows": 1, "columns": 3}, (1, 3)),
        ({"rows": 3, "columns": 1}, (3, 1)),
    ],
)
def test_vector_is_row_or_column_where_one_reading_is_left(known, shape):
    matrix = as_matrix("M", [1, 2, 3], **known)
    assert matrix.shape == shape
    assert matrix.ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "known",
    [{}, {"rows": 2}, {"columns": 2}, {"rows": 3, "columns": 3}, {"rows": 1, "columns": 2}],
)
def test_vector_of_ambiguous_or_wrong_reading_is_refused(known):
    with pytest.raises(InvalidArgumentError, match=r"M: expected a two-dimensional array, got shape \(3,\)"):
        as_matrix("M", [1, 2, 3], **known)


def test_vector_of_length_one():
    for known in ({"rows": 1}, {"columns": 1}, {"rows": 1, "columns": 1}):
        assert as_matrix("M", [5.0], **known).shape == (1, 1)


@pytest.mark.parametrize(
    "value, received",
    [
        ([[1, 2], [3]], "rows of different lengths"),
        ([[1, [2]], [3, 4]], "rows of different lengths"),
        ([[None, 1.0]], "dtype object"),
        (np.array([[1, 2]], dtype=object), "dtype object"),
        ([[10**30]], "dtype object"),
        (None, "dtype object"),
        ({}, "dtype object"),
        ([["1", "2"]], "dtype <U1"),
        ("A", "dtype <U1"),
        (np.array([["2020-01-01"]], dtype="datetime64[D]"), r"dtype datetime64\[D\]"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]]), "masked entries"),
        ([[1.0, np.nan]], "NaN"),
        ([[1.0, complex(0, np.nan)]], "NaN"),
        ([[np.nan, np.inf]], "NaN"),
        ([[np.inf, 0.0]], "infinite entries"),
        ([[complex(0, -np.inf)]], "infinite entries"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (sp.csc_array([[1.0, np.nan]]), "NaN"),
    ],
)
def test_everything_else_is_refused_by_name(value, received):
    with pytest.raises(InvalidArgumentError, match=f"^the matrix: expected .*, got {received}; .+"):
        as_matrix("the matrix", value)


@pytest.mark.parametrize("allow_sparse", [False, True])
@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_sparse_entries_are_checked_too(entry, allow_sparse):
    with pytest.raises(InvalidArgumentError, match="finite"):
        as_matrix("M", sp.coo_array(([entry], ([0], [1])), shape=(2, 2)), allow_sparse=allow_sparse)


def test_masked_array_without_masked_entries_is_a_matrix():
    assert as_matrix("M", np.ma.masked_array([[1.0, 2.0]], mask=False)).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    "known, expected",
    [
        ({"rows": 3}, r"\(3, any\)"),
        ({"columns": 4}, r"\(any, 4\)"),
        ({"rows": 2, "columns": 1}, r"\(2, 1\)"),
        ({"rows": 0}, r"\(0, any\)"),
    ],
)
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_wrong_shape_names_both_shapes(convert, known, expected):
    with pytest.raises(InvalidArgumentError, match=rf"M: expected shape {expected}, got shape \(2, 3\); .+"):
        as_matrix("M", convert(np.ones((2, 3))), allow_sparse=True, **known)


def test_empty_matrices_keep_their_shape():
    assert as_matrix("M", np.zeros((0, 0))).shape == (0, 0)
    assert as_matrix("M", np.zeros((0, 3)), rows=0, columns=3).shape == (0, 3)
    assert as_matrix("M", np.zeros((3, 0), dtype=int)).dtype == float


def test_result_is_read_only_and_shares_nothing():
    source = np.ones((2, 2))
    matrix = as_matrix("M", source)
    assert not np.shares_memory(matrix, source)
    assert source.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 2
    vector = np.ones(2)
    assert not np.shares_memory(as_matrix("M", vector, rows=2), vector)
    again = as_matrix("M", matrix)
    assert not np.shares_memory(again, matrix)


def test_read_only_and_strided_sources_are_fine(rng):
    source = random_matrix(rng, 6, 6)
    source.flags.writeable = False
    assert np.array_equal(as_matrix("M", source[::2, ::-1]), source[::2, ::-1])


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix, sp.coo_array, sp.dia_array, sp.lil_array])
def test_sparse_stays_sparse_where_it_may(kind):
    source = kind(np.diag([1, 2, 3]))
    matrix = as_matrix("M", source, rows=3, columns=3, allow_sparse=True)
    assert isinstance(matrix, sp.csc_array)
    assert matrix.dtype == float
    assert np.array_equal(matrix.toarray(), source.toarray())
    full = as_matrix("M", source)
    assert not is_sparse(full)
    assert not full.flags.writeable
    assert np.array_equal(full, source.toarray())


def test_sparse_duplicates_are_summed():
    source = sp.coo_array(([1, 2, 4], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    for allow_sparse in (True, False):
        assert dense(as_matrix("M", source, allow_sparse=allow_sparse)).tolist() == [[0, 3], [4, 0]]
    unsummed = sp.csc_array(([1.0, 2.0], [0, 0], [0, 2]), shape=(1, 1))
    assert as_matrix("M", unsummed, allow_sparse=True).nnz == 1
    assert unsummed.nnz == 2


def test_sparse_result_shares_nothing_with_its_source():
    source = sp.csc_array(np.eye(2))
    matrix = as_matrix("M", source, allow_sparse=True)
    source.data[:] = 7
    source.indices[:] = 0
    assert matrix.toarray().tolist() == [[1, 0], [0, 1]]


def test_dense_input_stays_dense_where_sparse_may_be():
    assert not is_sparse(as_matrix("M", np.eye(2), allow_sparse=True))


def test_helpers():
    sparse = sp.csr_matrix([[1.0, 2.0]])
    assert is_sparse(sparse)
    assert not is_sparse([[1.0]])
    assert dense(sparse).tolist() == [[1.0, 2.0]]
    matrix = np.array([[1.0, 2.0]])
    assert dense(matrix) is matrix
    assert np.shares_memory(adjoint(matrix), matrix)
    assert adjoint(np.array([[1j, 2.0]])).tolist() == [[-1j], [2.0]]
    assert frozen(matrix) is matrix
    assert not matrix.flags.writeable


@pytest.mark.parametrize("name", [name for name in errors.__all__ if not name.endswith("Warning")])
def test_every_exception_carries_its_parts(name):
    kind = getattr(errors, name)
    error = kind("order", "an order from 1 to 4", "7", "choose a smaller one")
    assert (error.argument, error.expected) == ("order", "an order from 1 to 4")
    assert (error.received, error.remedy) == ("7", "choose a smaller one")
    assert str(error) == "order: expected an order from 1 to 4, got 7; choose a smaller one"
    assert isinstance(error, DlnBalanceError)
    if kind is not DlnBalanceError:
        assert isinstance(error, ValueError | ArithmeticError)


def test_exceptions_survive_pickling():
    import copy
    import pickle

    error = errors.OrderError("order", "1", "7", "choose 1")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is errors.OrderError
        assert (str(twin), twin.remedy) == (str(error), "choose 1")


def test_generators_come_from_seeds_and_from_generators():
    generator = np.random.default_rng(3)
    assert as_generator(generator) is generator
    assert as_generator(np.int64(3)).random() == as_generator(3).random() == generator.random()
    assert isinstance(as_generator(None, optional=True), np.random.Generator)


@pytest.mark.parametrize("rng", [None, True, -1, "seed", 1.5])
def test_what_is_no_source_of_random_numbers_is_refused(rng):
    with pytest.raises(InvalidArgumentError, match="rng: expected a numpy"):
        as_generator(rng)


def test_whole_numbers_of_any_integer_type_come_back_as_int():
    assert type(whole_number("n", np.int32(3))) is int
    assert whole_number("n", 0, 0, 0) == 0


@pytest.mark.parametrize("value", [0, -1, 5, 2.0, True, "2", None, np.float64(2), [2]])
def test_what_is_no_whole_number_in_range_is_refused(value):
    with pytest.raises(InvalidArgumentError, match="n: expected a whole number from 1 to 4"):
        whole_number("n", value, 1, 4)
