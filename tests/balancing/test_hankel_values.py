"""The record of Hankel singular values and their errors."""

import json
import pickle

import numpy as np

import dlnbalance as dln
from dlnbalance.balancing.hankel_values import HankelValues
from dlnbalance.summary import document


def record(values, errors):
    return HankelValues(
        values=np.array(values), errors=np.array(errors), values_name="Hankel singular values", how="h", measure="m"
    )


def test_digits():
    known = record([1.0, 0.5, 1e-20, 1e-3, 0.0, 2.0], [1e-3, 0.5e-7, 2e-32, 1.0, 1e-300, 0.0])
    assert known.digits.tolist() == [3, 7, 11, 0, 0, 15]
    np.testing.assert_allclose(known.relative_errors[:4], [1e-3, 1e-7, 2e-12, 1e3])
    assert known.relative_errors[4] == np.inf
    assert record([], []).digits.tolist() == []


def test_words_and_documents():
    known = record([2.0, 1e-9], [1e-14, 1e-12])
    assert repr(known).splitlines()[0] == "HankelValues: 2 values"
    assert "digits: 14, 3" in repr(known)
    assert json.loads(json.dumps(document(known.summary())))["digits"] == [14, 3]


def test_it_travels():
    known = dln.hankel_singular_values(([[-1.0]], [[1.0]], [[1.0]]), digits=True)
    again = pickle.loads(pickle.dumps(known))
    assert again.values.tolist() == known.values.tolist()
    assert not again.values.flags.writeable
