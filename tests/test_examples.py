"""Model generators: each against closed forms, published files or an independent assembly."""

import inspect

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.linalg.arrays import EPS, dense
from dlnbalance.systems.linear_system import LinearSystem

from .models import assert_small

#: β_i ℓ of a clamped-free beam: the roots of cos β cosh β = −1.
CLAMPED_BEAM = [1.875104068711961, 4.694091132974175, 7.854757438237613]


def closest(values, points):
    """Distance of the farthest of `points` from the nearest of `values`."""
    return max(np.abs(values - point).min() for point in points)


class TestEveryExample:
    @pytest.mark.parametrize("name", examples.names())
    def test_is_a_stable_named_system(self, name):
        system = examples.get(name)
        assert isinstance(system, LinearSystem)
        assert system.name == name
        assert system.dt == 0
        assert system.poles().real.max() < 0

    @pytest.mark.parametrize("name", [name for name in examples.names() if name != "random"])
    def test_signals_are_named(self, name):
        system = examples.get(name)
        assert not any(label.startswith(("u[", "y[")) for label in (*system.inputs, *system.outputs))

    @pytest.mark.parametrize("name", ["beam", "heat-rod", "mass-spring-damper", "random"])
    def test_python_control_takes_it(self, name):
        system = examples.get(name)
        assert tuple(system.to_control().input_labels) == system.inputs

    @pytest.mark.parametrize("name", examples.names())
    def test_description_is_a_sentence_on_one_line(self, name):
        text = examples.describe(name)
        assert text.endswith(".")
        assert "\n" not in text

    @pytest.mark.parametrize("name", ["heat_rod", "HEAT-ROD", "Heat_Rod"])
    def test_spelling_of_names_is_tolerant(self, name):
        assert examples.get(name).name == "heat-rod"

    def test_options_reach_the_generator(self):
        assert examples.get("beam", elements=3).nstates == 12
        assert examples.get("random", n=3, outputs=5).noutputs == 5

    @pytest.mark.parametrize("call", [examples.get, examples.describe])
    @pytest.mark.parametrize("name", ["beams", "", "example:beam", None])
    def test_unknown_name_lists_the_known_ones(self, call, name):
        with pytest.raises(InvalidArgumentError) as caught:
            call(name)
        assert all(known in str(caught.value) for known in examples.names())

    def test_unknown_option_lists_the_known_ones(self):
        with pytest.raises(InvalidArgumentError, match="elements, length") as caught:
            examples.get("beam", element=3)
        assert caught.value.received == "element"

    @pytest.mark.parametrize("name", examples.names())
    def test_docstring_says_what_and_whence(self, name):
        generator = examples._find(name).generator
        text = inspect.getdoc(generator)
        for section in ("Parameters", "Returns", "Raises", "References", "Examples"):
            assert f"\n{section}\n---" in text
        assert ".. math::" in text


class TestBeam:
    def frequencies(self, elements, **options):
        beam = examples.clamped_beam(elements, mass_damping=0, stiffness_damping=0, **options)
        values = np.sort(beam.poles().imag)
        return values[values > 0][:3]

    def test_natural_frequencies_converge_from_above_with_order_four(self):
        errors = np.array([self.frequencies(k) / np.square(CLAMPED_BEAM) - 1 for k in (5, 10, 20)])
        assert (errors > 0).all()
        orders = np.log2(errors[:-1] / errors[1:])
        assert np.abs(orders[-1] - 4).max() < 0.05
        # Leading term of the Rayleigh–Ritz error of Hermite cubics, (βh)⁴/1440 for the frequency.
        assert errors[-1] == pytest.approx((np.array(CLAMPED_BEAM) / 20) ** 4 / 1440, rel=0.02)

    def test_frequencies_scale_with_the_dimensions(self):
        # ω = β² (EI/ρA)^½ / ℓ²: four times the stiffness and half the length are eight times the frequency.
        scaled = self.frequencies(6, length=0.5, bending_stiffness=8.0, mass_per_length=2.0)
        assert scaled == pytest.approx(8 * self.frequencies(6), rel=1e-9)

    @pytest.mark.parametrize("elements", [1, 2, 5, 20])
    def test_static_deflection_of_the_tip_is_exact(self, elements):
        beam = examples.clamped_beam(elements, length=2.0, bending_stiffness=5.0)
        assert beam.dcgain().item() == pytest.approx(2.0**3 / (3 * 5.0), rel=1e-12 * max(1, elements**4))

    def test_one_element_matches_its_matrices_by_hand(self):
        M = np.array([[156, -22], [-22, 4]]) / 420
        K = np.array([[12, -6], [-6, 4]])
        expected = np.sqrt(np.sort(np.linalg.eigvals(np.linalg.solve(M, K)).real))
        assert self.frequencies(1) == pytest.approx(expected, rel=1e-12)

    def test_half_the_squared_state_is_the_energy(self):
        A = examples.clamped_beam(5, mass_damping=0.3, stiffness_damping=0.002).A
        root = A[:10, 10:].T
        loss = np.zeros((20, 20))
        loss[10:, 10:] = 0.3 * np.eye(10) + 0.002 * root @ root.T
        assert_small(np.abs(A + A.T + 2 * loss).max(), np.abs(A).max(), 8)  # d/dt ½‖x‖² = −⟨q', (αI + βRR*) q'⟩

    @pytest.mark.parametrize("elements", [1, 3])
    def test_transfer_function_in_nodal_coordinates(self, elements):
        h, size = 2.0 / elements, 2 * elements + 2
        M, K = np.zeros((size, size)), np.zeros((size, size))
        # Hermite cubics on [0, 1], integrated exactly by Gauss with four points.
        points, weights = np.polynomial.legendre.leggauss(4)
        shapes = [np.polynomial.Polynomial(c) for c in ([1, 0, -3, 2], [0, h, -2 * h, h], [0, 0, 3, -2], [0, 0, -h, h])]
        s, w = (points + 1) / 2, weights / 2
        values, bends = (np.array([shape.deriv(k)(s) for shape in shapes]) for k in (0, 2))
        for k in range(elements):
            block = np.s_[2 * k : 2 * k + 4, 2 * k : 2 * k + 4]
            M[block] += 7.0 * h * (values * w) @ values.T
            K[block] += 3.0 / h**3 * (bends * w) @ bends.T
        M, K = M[2:, 2:], K[2:, 2:]
        beam = examples.clamped_beam(
            elements, length=2, bending_stiffness=3, mass_per_length=7, mass_damping=0.1, stiffness_damping=0.01
        )
        for point in (0.3 + 2j, 5j, 1.0):
            system = point**2 * M + point * (0.1 * M + 0.01 * K) + K
            assert beam(point).item() == pytest.approx(np.linalg.inv(system)[-2, -2], rel=1e-10)

    def test_force_and_measurement_are_collocated(self):
        velocity = examples.clamped_beam(6, output="velocity")
        assert np.array_equal(velocity.C, velocity.B.T)
        # A collocated velocity makes the system passive: Re G(iω) ≥ 0.
        assert all(velocity(1j * frequency).real.item() > 0 for frequency in np.geomspace(0.1, 1e4, 40))

    def test_velocity_is_the_derivative_of_displacement(self):
        displacement, velocity = (examples.clamped_beam(6, output=kind) for kind in ("displacement", "velocity"))
        point = 0.5 + 3j
        assert velocity(point).item() == pytest.approx(point * displacement(point).item(), rel=1e-9)
        assert (displacement.outputs, velocity.outputs) == (("tip displacement",), ("tip velocity",))

    def test_damping_ratios(self):
        beam = examples.clamped_beam(8, mass_damping=0.2, stiffness_damping=1e-3)
        omega = self.frequencies(8)
        ratios = 0.2 / (2 * omega) + 1e-3 * omega / 2
        poles = omega * (-ratios + 1j * np.sqrt(1 - ratios**2))
        assert_small(closest(beam.poles(), poles), np.abs(beam.poles()).max(), 1e4)


class TestHeatRod:
    @given(n=st.integers(1, 60))
    @settings(max_examples=20, deadline=None)
    def test_poles_in_closed_form(self, n):
        k = np.arange(1, n + 1)
        expected = -4 * (n + 1) ** 2 * np.sin(k * np.pi / (2 * (n + 1))) ** 2
        poles = np.sort(examples.heat_rod(n).poles().real)
        assert_small(np.abs(poles - np.sort(expected)).max(), 4.0 * (n + 1) ** 2, 100)

    def test_default_nodes(self):
        rod = examples.heat_rod()
        assert (np.flatnonzero(rod.B), np.flatnonzero(rod.C)) == (9, 19)

    @pytest.mark.parametrize("n", [1, 2, 3, 4])
    def test_smallest_rods_have_their_nodes(self, n):
        rod = examples.heat_rod(n)
        assert rod.B.sum() == rod.C.sum() == 1

    def test_static_gain_is_greens_function(self):
        # −T'' = δ_i/h has T(s_j) = s_i (1 − s_j) for j ≥ i, exactly so for second differences.
        rod = examples.heat_rod(40, 7, 31)
        assert rod.dcgain().item() == pytest.approx(7 / 41 * (1 - 31 / 41) / 41, rel=1e-12)

    def test_sparse_and_dense_agree(self):
        sparse = examples.heat_rod(9, sparse=True)
        assert sparse.is_sparse
        assert np.array_equal(dense(sparse.A), examples.heat_rod(9).A)
        assert examples.heat_rod(1, sparse=True).A.toarray() == [[-8.0]]

    def test_slicot_heat_equation(self, data):
        stored = scipy.io.loadmat(data / "heat-cont.mat", mat_dtype=True)
        rod = examples.heat_rod(200)
        # There the diffusivity is 0.01, and the nodes are those next to 1/3 and 2/3.
        assert_small(np.abs(0.01 * rod.A - stored["A"].toarray()).max(), 2 * 201**2 * 0.01, 2)
        assert np.array_equal(rod.B, stored["B"].toarray())
        assert np.array_equal(rod.C, stored["C"].toarray())


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


class TestConvectionDiffusion:
    def assembled(self, n0, c1, c2):
        """The operator node by node."""
        h = 1 / (n0 + 1)
        A = np.zeros((n0, n0, n0, n0))
        for j in range(n0):
            for i in range(n0):
                fx, fy = c1 * (i + 1) * h, c2 * (j + 1) * h
                A[j, i, j, i] = -4 / h**2
                for dj, di, velocity in [(0, 1, fx), (0, -1, -fx), (1, 0, fy), (-1, 0, -fy)]:
                    if 0 <= j + dj < n0 and 0 <= i + di < n0:
                        A[j, i, j + dj, i + di] = 1 / h**2 - velocity / (2 * h)
        return A.reshape(n0 * n0, n0 * n0)

    @pytest.mark.parametrize("n0", [3, 4, 9])
    def test_matches_an_assembly_by_nodes(self, n0):
        system = examples.convection_diffusion(n0, (10, 100))
        assert_small(np.abs(system.A.toarray() - self.assembled(n0, 10, 100)).max(), 4 * (n0 + 1) ** 2, 4)

    @pytest.mark.parametrize("n0", [3, 7])
    def test_poles_of_pure_diffusion(self, n0):
        halves = np.sin(np.arange(1, n0 + 1) * np.pi / (2 * (n0 + 1))) ** 2
        expected = np.sort((-4 * (n0 + 1) ** 2 * np.add.outer(halves, halves)).ravel())
        poles = np.sort(examples.convection_diffusion(n0, (0, 0)).poles().real)
        assert_small(np.abs(poles - expected).max(), 8 * (n0 + 1) ** 2, 50)

    def test_second_order_consistency(self):
        errors = []
        for n0 in (39, 79, 159):
            s = np.arange(1, n0 + 1) / (n0 + 1)
            x, y = s[None, :], s[:, None]
            T = np.sin(np.pi * x) * np.sin(2 * np.pi * y)
            exact = -5 * np.pi**2 * T - 10 * x * np.pi * np.cos(np.pi * x) * np.sin(2 * np.pi * y)
            exact -= 100 * y * 2 * np.pi * np.sin(np.pi * x) * np.cos(2 * np.pi * y)
            errors.append(np.abs(examples.convection_diffusion(n0).A @ T.ravel() - exact.ravel()).max())
        assert np.abs(np.log2(np.divide(errors[:-1], errors[1:])) - 2).max() < 0.05

    @pytest.mark.parametrize("n0", [3, 5, 9, 19])
    def test_strips(self, n0):
        system = examples.convection_diffusion(n0)
        # In tenths of n0 + 1, so that the ends of the strips are whole numbers (n0 = 9, 19 have nodes on them).
        heated = [i for i in range(1, n0 + 1) if n0 + 1 < 10 * i <= 3 * (n0 + 1)]
        measured = [i for i in range(1, n0 + 1) if 7 * (n0 + 1) < 10 * i <= 9 * (n0 + 1)]
        B, C = system.B.reshape(n0, n0), system.C.reshape(n0, n0)
        assert all(set(np.flatnonzero(row) + 1) == set(heated) for row in B)
        assert all(set(np.flatnonzero(row) + 1) == set(measured) for row in C)
        assert set(B[B != 0]) == {1.0}
        assert C.sum() == pytest.approx(1.0, rel=1e-14)

    @given(n0=st.integers(3, 9), c1=st.floats(-1e3, 1e3), c2=st.floats(-1e3, 1e3))
    @settings(max_examples=40, deadline=None)
    def test_stable_on_coarse_grids(self, n0, c1, c2):
        assert examples.convection_diffusion(n0, (c1, c2)).poles().real.max() < 0

    def test_stays_sparse(self):
        system = examples.convection_diffusion(60)
        assert system.is_sparse
        assert system.A.nnz == 5 * 60**2 - 4 * 60


class TestMassSpringDamper:
    @pytest.mark.parametrize("fixed", ["both", "first"])
    @pytest.mark.parametrize("masses", [1, 2, 7])
    def test_poles_in_closed_form(self, masses, fixed):
        j = np.arange(1, masses + 1)
        angle = j * np.pi / (masses + 1) if fixed == "both" else (2 * j - 1) * np.pi / (2 * masses + 1)
        mu = 2 - 2 * np.cos(angle)
        poles = examples.mass_spring_damper(masses, mass=2, stiffness=3, damping=0.5, fixed=fixed).poles()
        expected = np.concatenate([np.roots([2, 0.5 * value, 3 * value]) for value in mu])
        assert_small(closest(poles, expected), 4, 1000)

    @pytest.mark.parametrize("masses", [1, 3, 10])
    def test_static_gain_is_springs_in_series(self, masses):
        both = examples.mass_spring_damper(masses, stiffness=4)
        first = examples.mass_spring_damper(masses, stiffness=4, fixed="first")
        assert both.dcgain().item() == pytest.approx(1 / (4 * (masses + 1)), rel=1e-12)
        assert first.dcgain().item() == pytest.approx(1 / 4, rel=1e-12)

    def test_energy_falls_by_what_the_dampers_take(self, rng):
        chain = examples.mass_spring_damper(4, mass=2, stiffness=3, damping=0.5)
        T = 2 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
        x = rng.standard_normal(8)
        q, v = x[:4], x[4:]
        rate = (chain.A @ x) @ np.concatenate([3 * T @ q, 2 * v])
        assert rate == pytest.approx(-0.5 * v @ T @ v, rel=1e-12)

    def test_undamped_poles_lie_on_the_imaginary_axis(self):
        poles = examples.mass_spring_damper(5, damping=0).poles()
        assert_small(np.abs(poles.real).max(), 2, 100)


class TestRandomStable:
    @pytest.mark.parametrize("complex_entries", [False, True])
    @pytest.mark.parametrize("dt", [0, 0.25, True])
    @pytest.mark.parametrize("n", [1, 2, 15])
    def test_distance_to_the_boundary(self, n, dt, complex_entries):
        system = examples.random_stable(n, 2, 3, rng=n, dt=dt, complex_entries=complex_entries)
        assert (system.nstates, system.ninputs, system.noutputs) == (n, 2, 3)
        assert system.dt is True if dt is True else system.dt == dt
        assert system.is_complex is complex_entries
        poles = system.poles()
        margin = 0.9 - np.abs(poles).max() if dt else -0.1 - poles.real.max()
        assert abs(margin) < 1e3 * n * EPS

    def test_the_seed_decides(self):
        first, second = (examples.random_stable(4, 1, 1, rng=7) for _ in range(2))
        assert_small(np.abs(first.A - second.A).max(), np.abs(first.A).max(), 100)
        assert np.abs(first.A - examples.random_stable(4, 1, 1, rng=8).A).max() > 0.1

    def test_a_generator_moves_on(self, rng):
        first, second = (examples.random_stable(4, 1, 1, rng=rng) for _ in range(2))
        assert np.abs(first.A - second.A).max() > 0.1

    @pytest.mark.parametrize("complex_entries", [False, True])
    def test_variance_of_the_entries(self, complex_entries):
        system = examples.random_stable(2, 200, 200, rng=3, complex_entries=complex_entries)
        assert np.mean(np.abs(system.D) ** 2) == pytest.approx(1, abs=5 / 200)


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "argument"),
        [
            (lambda: examples.clamped_beam(0), "elements"),
            (lambda: examples.clamped_beam(2.0), "elements"),
            (lambda: examples.clamped_beam(True), "elements"),
            (lambda: examples.clamped_beam(3, length=0), "length"),
            (lambda: examples.clamped_beam(3, bending_stiffness=-1), "bending_stiffness"),
            (lambda: examples.clamped_beam(3, mass_per_length=np.inf), "mass_per_length"),
            (lambda: examples.clamped_beam(3, mass_damping=-0.1), "mass_damping"),
            (lambda: examples.clamped_beam(3, stiffness_damping=np.nan), "stiffness_damping"),
            (lambda: examples.clamped_beam(3, output="slope"), "output"),
            (lambda: examples.heat_rod(-3), "n"),
            (lambda: examples.heat_rod("30"), "n"),
            (lambda: examples.heat_rod(5, 0), "input_node"),
            (lambda: examples.heat_rod(5, 1, 6), "output_node"),
            (lambda: examples.penzl_fom(0), "real_poles"),
            (lambda: examples.convection_diffusion(2), "n0"),
            (lambda: examples.convection_diffusion(5, 10.0), "convection"),
            (lambda: examples.convection_diffusion(5, (1.0, np.nan)), "convection"),
            (lambda: examples.convection_diffusion(5, (1.0, 2j)), "convection"),
            (lambda: examples.mass_spring_damper(0), "masses"),
            (lambda: examples.mass_spring_damper(2, mass=0), "mass"),
            (lambda: examples.mass_spring_damper(2, stiffness="stiff"), "stiffness"),
            (lambda: examples.mass_spring_damper(2, damping=-1), "damping"),
            (lambda: examples.mass_spring_damper(2, fixed="last"), "fixed"),
            (lambda: examples.random_stable(0, 1, 1, rng=0), "n"),
            (lambda: examples.random_stable(2, 0, 1, rng=0), "inputs"),
            (lambda: examples.random_stable(2, 1, None, rng=0), "outputs"),
            (lambda: examples.random_stable(2, 1, 1, rng=None), "rng"),
            (lambda: examples.random_stable(2, 1, 1, rng=-1), "rng"),
            (lambda: examples.random_stable(2, 1, 1, rng=0, dt=None), "dt"),
            (lambda: examples.random_stable(2, 1, 1, rng=0, dt=-0.1), "dt"),
        ],
    )
    def test_names_the_argument(self, call, argument):
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == argument

    @pytest.mark.parametrize("size", [np.int64(4), np.uint8(4)])
    def test_numpy_integers_are_integers(self, size):
        assert examples.heat_rod(size).nstates == 4
