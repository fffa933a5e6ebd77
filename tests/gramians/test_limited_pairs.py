"""What an error of the Gramians relative to larger ones does to singular values, one by one."""

import numpy as np
import scipy.linalg as la

from dlnbalance.gramians.limited_pairs import LimitedPair
from dlnbalance.systems.coordinates import well_scaled

from ..models import random_matrix


def test_the_floor_covers_such_errors(rng):
    n, doubt = 6, 1e-10
    here = well_scaled(-np.eye(n), None, np.ones((n, 1)), np.ones((1, n)), discrete=False)
    whole = np.triu(random_matrix(rng, n, n)), np.triu(random_matrix(rng, n, n))
    small = np.diag(np.geomspace(1.0, 1e-4, n))
    F, G = np.triu(la.rq(whole[0] @ small, mode="r")), la.qr(small @ whole[1], mode="r")[0]
    pair = LimitedPair(F, G, np.eye(n), here, (whole[0], whole[1].T), doubt)
    values = pair.singular_values
    for _ in range(5):
        errors = [random_matrix(rng, n, n) for _ in range(2)]
        errors = [doubt * (E + E.T) / la.norm(E + E.T, 2) for E in errors]
        P = F @ F.T + whole[0] @ errors[0] @ whole[0].T
        Q = G.T @ G + whole[1].T @ errors[1] @ whole[1]
        moved = np.sqrt(np.sort(np.abs(la.eigvals(P @ Q)))[::-1])
        assert (np.abs(moved - values) <= pair.accuracy_floor).all()
    exact = LimitedPair(F, G, np.eye(n), here, (whole[0], whole[1].T), 0.0)
    assert exact.accuracy_floor < 1e-3 * pair.accuracy_floor
    assert exact.rank == n
