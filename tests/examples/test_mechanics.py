"""Beams and chains against closed forms and an independent assembly."""

import numpy as np
import pytest

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError

from ..models import assert_small
from .distances import closest

#: β_i ℓ of a clamped-free beam: the roots of cos β cosh β = −1.
CLAMPED_BEAM = [1.875104068711961, 4.694091132974175, 7.854757438237613]


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
            (lambda: examples.mass_spring_damper(0), "masses"),
            (lambda: examples.mass_spring_damper(2, mass=0), "mass"),
            (lambda: examples.mass_spring_damper(2, stiffness="stiff"), "stiffness"),
            (lambda: examples.mass_spring_damper(2, damping=-1), "damping"),
            (lambda: examples.mass_spring_damper(2, fixed="last"), "fixed"),
        ],
    )
    def test_names_the_argument(self, call, argument):
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == argument
