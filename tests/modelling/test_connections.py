"""Connections: python-control and transfer functions as oracles, names, kinds of objects, and refusals."""

import control
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp

from dlnbalance.errors import InvalidArgumentError, NumericalError
from dlnbalance.files.conversion import as_system
from dlnbalance.modelling.connections import append, connect, feedback, parallel, series
from dlnbalance.systems.linear_system import LinearSystem

from ..models import assert_small, grid_system
from ..systems.models import POINTS, assert_same_dt, dense_system, transfer


@pytest.fixture
def pair(rng, complex_entries, discrete, descriptor):
    options = {"complex_entries": complex_entries, "discrete": discrete}
    forward = dense_system(rng, 4, 2, 3, descriptor=descriptor, **options)
    return forward, dense_system(rng, 3, 3, 2, **options)


def control_pair(rng, discrete=False):
    G, H = (dense_system(rng, 4, 2, 2, discrete=discrete) for _ in range(2))
    return G.to_control(), H.to_control()


def assert_same_response(found, expected, factor=400):
    """Compare a system with one of python-control."""
    for point in POINTS:
        value = np.atleast_2d(expected(point, squeeze=False).reshape(expected.noutputs, expected.ninputs))
        assert_small(la.norm(as_system(found)(point) - value), la.norm(value), factor)


class TestAgainstControl:
    @pytest.mark.parametrize("discrete", [False, True])
    def test_each_function(self, rng, discrete):
        G, H = control_pair(rng, discrete)
        assert_same_response(series(G, H), control.series(G, H))
        assert_same_response(parallel(G, H), control.parallel(G, H))
        assert_same_response(append(G, H), control.append(G, H))
        for sign in (-1, 1):
            assert_same_response(feedback(G, H, sign), control.feedback(G, H, sign), 4000)

    def test_the_kind_comes_back(self, rng):
        G, H = control_pair(rng)
        for result in (series(G, H), parallel(G, as_system(H)), feedback(G, H), append(G, H), series(2, G)):
            assert isinstance(result, control.StateSpace)
        assert isinstance(series(as_system(G), H), LinearSystem)
        lag = control.tf([1.0], [1.0, 1.0])
        assert isinstance(feedback(lag), control.TransferFunction)
        assert feedback(lag).poles() == pytest.approx([-2.0], rel=1e-14)

    def test_names_as_interconnect(self, rng):
        P = control.ss(
            *dense_system(rng, 3, 2, 2).to_tuple()[:3],
            np.zeros((2, 2)),
            inputs=["u", "d"],
            outputs=["y", "v"],
            name="P",
        )
        C = control.ss(*dense_system(rng, 2, 1, 1).to_tuple()[:4], inputs=["e"], outputs=["u"], name="C")
        junction = control.summing_junction(["r", "-y"], "e", name="sum")
        names = {"inputs": ["r", "d"], "outputs": ["y", "u", "v"]}
        expected = control.interconnect([P, C, junction], **names)
        found = connect([P, C, junction], **names)
        assert isinstance(found, control.StateSpace)
        assert (found.input_labels, found.output_labels) == (names["inputs"], names["outputs"])
        for point in POINTS:
            value = expected.C @ np.linalg.solve(point * np.eye(5) - expected.A, expected.B) + expected.D
            assert_small(la.norm(as_system(found)(point) - value), la.norm(value), 4000)


class TestFeedback:
    def test_identity(self, pair):
        G, H = pair
        for sign in (-1, 1):
            closed = feedback(G, H, sign)
            assert (closed.E is not None) == (G.E is not None)
            for z in POINTS:
                g, h = transfer(G, z), transfer(H, z)
                inverse = np.linalg.inv(np.eye(3) - sign * g @ h)
                size = la.norm(inverse) * (1 + la.norm(g)) * (1 + la.norm(h)) * la.norm(inverse @ g)
                assert_small(la.norm(closed(z) - inverse @ g), size, 100)

    def test_numbers_and_matrices(self, rng):
        G, K = dense_system(rng, 4, 2, 2), rng.standard_normal((2, 2))
        for other, gain in ((1, np.eye(2)), (0.5, 0.5 * np.eye(2)), (K, K)):
            closed = feedback(G, other)
            assert closed.nstates == 4
            for z in POINTS:
                value = np.linalg.solve(np.eye(2) + transfer(G, z) @ gain, transfer(G, z))
                assert_small(la.norm(closed(z) - value), la.norm(value), 2000)

    def test_sparse_with_a_rank_one_loop(self, rng, descriptor):
        G = grid_system(rng, descriptor=descriptor, m=1, p=1)
        B, C = np.zeros((81, 1)), np.zeros((1, 81))
        B[3:5], C[0, 10:13] = 1, 1
        G = G.replaced(B=B, C=C)
        closed = feedback(G, 3.0)
        assert closed.is_sparse
        assert closed.A.nnz <= G.A.nnz + 6
        g = G(1j)
        assert_small(la.norm(closed(1j) - g / (1 + 3 * g)), la.norm(g), 100)

    def test_an_algebraic_loop_is_refused(self):
        with pytest.raises(NumericalError, match=r"I − D₁D₂.*reciprocal condition number"):
            feedback(LinearSystem(-1, 1, 1, 49), 1 / 49, sign=1)

    def test_singular_descriptor_matrices_need_no_inverse(self):
        algebraic = LinearSystem(-1, 1, 1, E=0)  # y = u
        assert feedback(algebraic, 3)(1j).item() == pytest.approx(0.25, rel=1e-15)

    @pytest.mark.parametrize(
        "arguments, message",
        [
            ({"other": LinearSystem(-1, [[1, 1]], 1)}, "other: expected 1 inputs and 1 outputs"),
            ({"other": np.eye(2)}, "other: expected 1 inputs"),
            ({"sign": 2}, "sign: expected -1 or 1"),
            ({"sign": "-"}, "sign: expected -1 or 1"),
            ({"other": LinearSystem(0.5, 1, 1, dt=0.1)}, "c2d and d2c"),
            ({"other": None}, "system: expected"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(InvalidArgumentError, match=message):
            feedback(**{"system": LinearSystem(-1, 1, 1), **arguments})


class TestSeriesAndParallel:
    def test_gains_and_order(self, rng):
        G, K, L = dense_system(rng, 3, 2, 2), rng.standard_normal((4, 2)), rng.standard_normal((2, 3))
        chain = series(L, G, 2.0, K)
        assert (chain.ninputs, chain.noutputs) == (3, 4)
        for z in POINTS:
            value = 2 * K @ transfer(G, z) @ L
            assert_small(la.norm(chain(z) - value), la.norm(K) * la.norm(L) * la.norm(transfer(G, z)), 100)
        assert_small(la.norm(series(2, 3, G)(1j) - 6 * G(1j)), la.norm(G(1j)), 100)
        assert_small(la.norm(parallel(1, np.eye(2), G)(1j) - 1 - np.eye(2) - G(1j)), 2 + la.norm(G(1j)), 100)

    def test_static_gains_take_the_time_base(self):
        assert_same_dt(series(control.ss([], [], [], 2), LinearSystem(0.5, 1, 1, dt=0.1)).dt, 0.1)
        assert_same_dt(append(3, LinearSystem(0.5, 1, 1, dt=True)).dt, True)

    @pytest.mark.parametrize("function", [series, parallel, append])
    def test_no_system(self, function):
        for arguments in ((), (1,), (np.eye(2), 2)):
            with pytest.raises(InvalidArgumentError, match="a system among them"):
                function(*arguments)
        with pytest.raises(InvalidArgumentError, match="LinearSystem"):
            function(LinearSystem(-1, 1, 1), b"nothing.npz")

    def test_complex_gains(self):
        assert series(LinearSystem(-1, 1, 1), 1j)(0).item() == pytest.approx(1j)


class TestAppend:
    def test_blocks(self, pair):
        G, H = pair
        both = append(G, H)
        for z in POINTS:
            value = la.block_diag(transfer(G, z), transfer(H, z))
            assert_small(la.norm(both(z) - value), la.norm(value), 60)

    def test_names(self):
        G = LinearSystem(-1, 1, 1, name="left")
        both = append(G, G.replaced(name="right"))
        assert both.inputs == ("left_u[0]", "right_u[0]")
        assert append(G, G).outputs == ("y[0]", "y[1]")

    def test_sparse(self, rng):
        G = grid_system(rng)
        assert append(G, LinearSystem(-1, 1, 1), 5).is_sparse


class TestConnect:
    plant = LinearSystem(-1, 1, 1, inputs=["voltage"], outputs=["speed"], name="motor")
    controller = LinearSystem(0, 1, 2, 3, inputs=["error"], outputs=["voltage"])
    difference = LinearSystem.static([[1, -1]], inputs=["reference", "speed"], outputs=["error"])

    def test_loop(self):
        systems = [self.plant, self.controller, self.difference]
        loop = connect(systems, inputs="reference", outputs=["speed", "error"])
        assert (loop.inputs, loop.outputs) == (("reference",), ("speed", "error"))
        for z in POINTS:
            open_loop = (self.controller * LinearSystem.static(1) * self.plant)(z)
            value = np.vstack([open_loop, [[1.0]]]) / (1 + open_loop)
            assert_small(la.norm(loop(z) - value), la.norm(value), 60)

    def test_one_input_for_several_systems(self):
        twin = self.plant.replaced(outputs=["other speed"])
        both = connect([self.plant, twin], inputs=["voltage"], outputs=["other speed", "speed"])
        assert both.dcgain().tolist() == [[1], [1]]

    def test_sparse(self, rng):
        G = grid_system(rng, m=1, p=1)
        loop = connect([G, LinearSystem.static(-1, inputs=["y[0]"], outputs=["u[1]"])], ["u[0]"], ["u[1]"])
        assert loop.is_sparse
        assert_small(abs(loop(1j) + G(1j)).item(), abs(G(1j)).item(), 100)

    @pytest.mark.parametrize(
        "inputs, outputs, message",
        [
            (["referense"], ["speed"], "did you mean 'reference'"),
            (["reference"], ["sped"], "did you mean 'speed'"),
            (["reference"], ["zzz"], "the names are"),
            (["reference", "speed"], ["error"], "'speed'; rename the signal from outside"),
            ([], ["speed"], "at least one name"),
            (["reference"], [3], "texts|names"),
            (["reference", "reference"], ["speed"], "different names"),
            (3, ["speed"], "a sequence of names"),
        ],
    )
    def test_names_that_are_wrong(self, inputs, outputs, message):
        with pytest.raises(InvalidArgumentError, match=message):
            connect([self.plant, self.controller, self.difference], inputs, outputs)

    def test_what_nothing_drives(self):
        with pytest.raises(InvalidArgumentError, match=r"what drives 'voltage'.*list it among the inputs"):
            connect([self.plant, self.controller.replaced(outputs=["Voltage"])], ["error"], ["speed"])

    def test_two_outputs_with_one_name(self):
        with pytest.raises(InvalidArgumentError, match="'speed' twice"):
            connect([self.plant, self.plant], ["voltage"], ["speed"])

    def test_nothing(self):
        with pytest.raises(InvalidArgumentError, match="at least one system"):
            connect([], ["u"], ["y"])


def test_a_sparse_gain_counts_as_a_matrix():
    assert series(LinearSystem(-1, 1, 1), sp.csc_array([[2.0]])).dcgain().item() == 2
