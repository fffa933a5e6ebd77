"""Pictures of singular values that stand alone."""

import numpy as np

import dlnbalance as dln


def test_values_with_their_errors():
    system = dln.LinearSystem(np.diag([-1.0, -2.0, -30.0]), np.ones((3, 1)), np.ones((1, 3)))
    [axes] = dln.hankel_singular_values(system, digits=True).plot()
    assert "digits" in axes.get_title()
    assert axes.get_yscale() == "log"
    [line, *_] = axes.lines
    np.testing.assert_allclose(line.get_ydata(), dln.hankel_singular_values(system), rtol=1e-12)


def test_values_that_are_not_known_are_hollow():
    A = np.diag(-np.linspace(1, 2, 12)) + np.diag(np.full(11, 1e-9), 1)
    values = dln.hankel_singular_values(dln.LinearSystem(A, np.ones((12, 1)), np.ones((1, 12))), digits=True)
    assert (values.digits == 0).any()
    [axes] = values.plot()
    assert "not known to a digit" in axes.get_legend_handles_labels()[1]


def test_nothing_to_draw():
    empty = dln.LinearSystem(np.zeros((0, 0)), np.zeros((0, 1)), np.zeros((1, 0)))
    assert dln.hankel_singular_values(empty, digits=True).plot()[0].get_title()


def test_kept_and_dropped_of_a_nonlinear_model():
    kind = dln.Empirical((lambda x, u, t: -x + u[0], lambda x, u, t: x[:1]), times=20.0, x0=np.zeros(2), u0=[0.0])
    [axes] = dln.reduce_dynamics(kind, order=1).plot()
    assert axes.get_title() == "Empirical singular values: 1 of 2 kept"
    assert axes.get_legend_handles_labels()[1] == ["kept (1)", "dropped (1)"]
