"""What every kind of Gramians and every method is tested against from outside: the registry behind docs/grid.md."""

from typing import NamedTuple


class Oracle(NamedTuple):
    """A source that shares no code with what it checks, and the test that compares with it."""

    words: str
    test: str


_AB13AD = Oracle("SLICOT's worked example of AB13AD", "test_against_slicot.py::test_ab13ad_hankel_norm")
_KEPT_POLES = Oracle(
    "SLICOT's worked examples of AB09MD and AB09ND",
    "test_against_slicot.py::test_ab09_reduced_models_that_keep_slow_poles",
)
_LOW_RANK = Oracle(
    "the dense solver", "gramians/test_low_rank.py::test_hankel_singular_values_are_those_of_the_dense_solver"
)
_RICCATI = Oracle("SciPy's Riccati solvers", "gramians/test_lqg.py::test_the_solutions_are_those_of_scipy")
_THIN_RICCATI = Oracle(
    "SciPy's Riccati solvers, of sparse systems",
    "linalg/sparse/test_riccati_adi.py::test_the_solution_is_that_of_scipy",
)

#: Oracles of the kinds, by the sort of model; sorts that are not named have those of "".
OF_KINDS: dict[str, dict[str, list[Oracle]]] = {
    "auto": {"": [_AB13AD], "sparse": [_LOW_RANK], "unstable": [_KEPT_POLES]},
    "bounded-real": {
        "": [
            Oracle("closed forms", "gramians/test_bounded_real.py::test_first_order_in_closed_form"),
            Oracle("published H∞ norms", "gramians/test_bounded_real.py::test_reference_models"),
        ]
    },
    "coprime": {
        "": [
            Oracle("closed forms", "gramians/test_coprime.py::test_the_double_integrator_in_closed_form"),
            Oracle(
                "SLICOT's worked example of AB09FD",
                "test_against_slicot.py::test_ab09fd_left_coprime_factors_with_an_inner_denominator",
            ),
            _RICCATI,
        ],
        "sparse": [_THIN_RICCATI],
    },
    "cross": {"": [Oracle("both Lyapunov equations", "gramians/test_cross.py::test_one_input_and_one_output")]},
    "empirical": {
        "": [Oracle("simulated responses, in closed form", "gramians/test_empirical.py::test_a_cubed_output")]
    },
    "frequency-limited": {
        "": [
            Oracle("quadrature", "gramians/test_frequency_limited.py::test_both_gramians_by_quadrature"),
            Oracle("mpmath, 50 digits", "gramians/test_frequency_limited.py::test_values_in_fifty_digits"),
        ],
        "sparse": [
            Oracle("quadrature, of sparse systems", "gramians/test_frequency_limited.py::test_large_sparse_systems")
        ],
    },
    "h-infinity": {
        "": [
            Oracle(
                "SLICOT's SB10AD", "gramians/test_h_infinity.py::test_the_least_gamma_is_that_of_slicots_controller"
            ),
            Oracle("closed forms", "gramians/test_h_infinity.py::test_the_least_gamma_in_closed_form"),
        ],
        "sparse": [_THIN_RICCATI],
    },
    "low-rank": {"": [_LOW_RANK]},
    "lqg": {
        "": [_RICCATI, Oracle("mpmath, 40 digits", "gramians/test_lqg.py::test_forty_digits")],
        "sparse": [_THIN_RICCATI],
    },
    "lyapunov": {
        "": [_AB13AD, Oracle("mpmath", "test_against_mpmath.py::test_heat_rod_hankel_singular_values")],
        "unstable": [_KEPT_POLES],
    },
    "positive-real": {
        "": [
            Oracle(
                "the scattering matrix",
                "gramians/test_positive_real.py::test_the_values_are_the_bounded_real_ones_of_the_scattering_matrix",
            )
        ]
    },
    "second-order": {
        "": [
            Oracle(
                "its definition, by blocks of the Gramians",
                "structured/test_second_order_balancing.py::test_kinds_are_what_they_are_defined_to_be",
            )
        ]
    },
    "shifted": {
        "": [Oracle("its equations", "gramians/test_shifted.py::test_the_equations")],
        "sparse": [
            Oracle("the dense solver", "gramians/test_shifted.py::test_large_sparse_systems_take_low_rank_factors")
        ],
    },
    "stochastic": {
        "": [
            Oracle("SLICOT's worked example of AB09HD", "test_against_slicot.py::test_ab09hd_stochastic_balancing"),
            Oracle("closed forms", "gramians/test_stochastic.py::test_first_order_in_closed_form"),
        ]
    },
    "time-limited": {"": [Oracle("closed forms", "gramians/test_time_limited.py::test_in_closed_form")]},
    "weighted": {
        "": [
            Oracle(
                "SLICOT's worked example of AB09ID",
                "test_against_slicot.py::test_ab09id_output_weight_of_an_unstable_controller",
            ),
            Oracle(
                "Varga and Anderson (2001)",
                "reduction/test_weighted_model.py::test_varga_and_anderson_2001_third_example",
            ),
        ]
    },
}

#: Oracles of the methods.
OF_METHODS: dict[str, list[Oracle]] = {
    "truncate": [
        Oracle("SLICOT's worked examples of AB09AD and AB09BD", "test_against_slicot.py::test_ab09_reduced_models")
    ],
    "residualize": [
        Oracle("SLICOT's worked examples of AB09AD and AB09BD", "test_against_slicot.py::test_ab09_reduced_models")
    ],
    "hankel": [
        Oracle("SLICOT's worked example of AB09CD", "test_against_slicot.py::test_ab09cd_hankel_norm_approximation")
    ],
    "modal": [Oracle("closed forms", "reduction/test_other_methods.py::test_modal_truncation_in_closed_form")],
    "irka": [Oracle("closed forms", "reduction/test_interpolation.py::test_a_model_of_order_one_in_closed_form")],
}
