"""Penzl's model against its poles and its published file."""

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError

from ..models import assert_small
from .distances import closest


class TestPenzl:
    def test_poles(self):
        fom = examples.penzl_fom(40)
        expected = np.concatenate([-1 + 1j * np.array([100, -100, 200, -200, 400, -400]), -np.arange(1.0, 41)])
        assert_small(closest(fom.poles(), expected), 400, 50)

    def test_transfer_function_by_partial_fractions(self):
        fom = examples.penzl_fom()
        for s in (2.0, 100j, 3 - 250j):
            resonances = sum(200 * (s + 1) / ((s + 1) ** 2 + omega**2) for omega in (100, 200, 400))
            assert fom(s).item() == pytest.approx(resonances + (1 / (s + np.arange(1, 1001))).sum(), rel=1e-11)

    def test_published_file(self, data):
        stored = scipy.io.loadmat(data / "fom.mat")
        fom = examples.penzl_fom()
        assert (sp.csc_array(stored["A"]) != fom.A).nnz == 0
        assert np.array_equal(fom.B, stored["B"])
        assert np.array_equal(fom.C, stored["C"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "argument"),
        [
            (lambda: examples.penzl_fom(0), "real_poles"),
        ],
    )
    def test_names_the_argument(self, call, argument):
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == argument
