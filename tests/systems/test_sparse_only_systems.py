"""Systems that only sparse methods see as they are."""

import numpy as np
import scipy.sparse as sp

import dlnbalance as dln
from dlnbalance.systems.sparse_only_systems import SparseOnlySystem


def test_whatever_their_size_no_dense_method_is_chosen():
    system = SparseOnlySystem(sp.csc_array(-np.diag(np.arange(1.0, 9.0))), np.ones((8, 1)), np.ones((1, 8)))
    assert system.is_large
    assert not system.dense_is_affordable
    assert isinstance(dln.Automatic().for_system(system), dln.LowRank)
    assert isinstance(system.replaced(name="other"), SparseOnlySystem)
