"""Models of the SLICOT benchmark collection that formulas give, and what is published about them.

Y. Chahlaoui, P. Van Dooren, "A collection of benchmark examples for model reduction of linear time invariant dynamical
systems", SLICOT Working Note 2002-2: the models "heat-cont", "pde" and "FOM", and the Hankel singular values that its
files store.
"""

import numpy as np
import scipy.sparse as sp

import dlnbalance as dln

#: The random inputs and outputs of the model "pde", to ten digits: seven nodes a line.
_PDE_WEIGHTS = [
    [7.624823882, 2.354605655, 7.570280507, 2.32155528, 4.608590998, 0.353795765, 5.242210987],
    [3.992345062, 8.994307297, 1.714349578, 0.247184644, 5.921825671, 5.702192833, 5.8246182],
    [3.413380543, 5.59559699, 3.976736716, 9.456894995, 8.765040151, 9.884494396, 3.91369887],
    [9.201152301, 4.575070536, 6.61642851, 5.214498386, 9.829012174, 8.996691773, 6.302043999],
    [3.468259427, 3.05839369, 9.012389987, 1.065960639, 2.963187029, 8.515573681, 7.294135727],
    [6.427816335, 2.681877464, 7.281298584, 8.922049866, 5.099291357, 5.530897289, 8.808669201],
    [8.562598349, 5.995426326, 4.822465756, 0.120088941, 2.787891439, 5.741294717, 8.279200285],
    [7.045744364, 3.418584208, 4.020263597, 5.38903893, 1.897445355, 4.346913666, 4.086833351],
    [2.056364949, 2.933939876, 2.561230603, 3.126107795, 5.486767565, 8.308177873, 2.974988338],
    [8.771640372, 7.548852398, 3.252369911, 2.581167384, 7.341292197, 4.374440514, 3.124567063],
    [9.036562284, 6.950758292, 7.567941985, 2.66643493, 6.112229066, 1.722830565, 1.518785097],
    [6.839423282, 2.179520727, 7.636844183, 0.669466437, 2.401817261, 3.542152307, 6.076598952],
]

#: Leading Hankel singular values that the collection stores.
STORED_HSV = {
    "heat-cont": [
        3.255452787e-02,
        4.565946866e-03,
        1.919370544e-04,
        1.153649275e-04,
        1.488973600e-05,
        1.968383047e-06,
        1.944731514e-07,
        6.086040194e-08,
        1.489054790e-08,
    ],
    "pde": [
        5.340637785e00,
        7.956578488e-02,
        3.742707206e-03,
        1.428588616e-03,
        2.700258503e-05,
        4.036403271e-06,
        1.907232642e-07,
    ],
}


def heat_cont():
    """Heat in a rod of diffusivity 0.01, 200 nodes; heated next to one third, measured next to two thirds."""
    rod = dln.examples.heat_rod(200)
    return dln.LinearSystem(0.01 * rod.A, rod.B, rod.C, name="heat-cont")


def pde():
    """Convection and diffusion, u_t = u_xx + u_yy + 20 u_x − 180 u, by five-point differences on a grid of 7 by 12."""
    line = sp.diags_array([-9.0, -734.0, 171.0], offsets=[-1, 0, 1], shape=(7, 7))
    lines = sp.diags_array([196.0, 196.0], offsets=[-1, 1], shape=(12, 12))
    A = sp.kron(sp.eye_array(12), line) + sp.kron(lines, sp.eye_array(7))
    weights = np.array(_PDE_WEIGHTS).ravel()
    return dln.LinearSystem(sp.csc_array(A), weights[:, None], weights[None], name="pde")


FORMULAS = {"heat-cont": heat_cont, "pde": pde, "fom": dln.examples.penzl_fom}
