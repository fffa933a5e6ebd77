"""What a class of models has without saying so."""

import pickle
import zipfile

import numpy as np
import pytest

import dlnbalance as dln
from dlnbalance.errors import FileFormatError, InvalidArgumentError, ToleranceError
from dlnbalance.gramians.automatic import Automatic
from dlnbalance.gramians.base import ErrorBounds
from dlnbalance.networks.factor_pairs import FactorPair
from dlnbalance.norms.measured import Measured
from dlnbalance.plotting import bode
from dlnbalance.structured.model import Model, Solved, StateSpaces


class Spring(Model):
    """The least that a model has to say: two factors, which are projected as they are."""

    measure = "largest difference"

    def __init__(self, reach, observe):
        self.reach, self.observe = np.array(reach), np.array(observe)

    nstates = property(lambda self: len(self.reach))
    is_stable = True

    def factor_pairs(self, gramians=Automatic()):
        del gramians
        return (FactorPair([self.reach, self.observe]),)

    def project(self, transforms, inverses):
        return type(self)(transforms[0] @ self.reach, self.observe @ inverses[0])

    def distance(self, other):
        return Measured(
            value=float(np.abs(self.observe @ self.reach - other.observe @ other.reach).max()), norm=self.measure
        )

    def to_arrays(self):
        return {"reach": self.reach, "observe": self.observe}

    @classmethod
    def from_arrays(cls, arrays):
        return cls(**arrays)


SPRING = Spring(np.diag([4.0, 2.0, 1.0]), np.eye(3))


def test_nothing_is_promised():
    values = SPRING.factor_pairs()[0].singular_values
    assert SPRING.error_bounds(values, 1, 0.0) == ErrorBounds(None, None, "largest difference")
    assert SPRING.linear_systems() == {}
    assert not SPRING.takes_gramians
    with pytest.raises(ToleranceError, match="prove no error bound"):
        dln.reduce(SPRING, tol=1.0)
    with pytest.raises(InvalidArgumentError, match="draw its singular values"):
        bode(SPRING)


def test_the_model_stands_for_what_its_values_prove():
    solved = SPRING.solve(dln.Automatic())
    assert isinstance(solved, Solved)
    assert solved.proof is SPRING
    assert solved.complete
    assert solved.how == "those that this class of models defines"
    assert SPRING.floors(solved) == (solved.pairs[0].accuracy_floor,)
    result = dln.reduce(SPRING, 2)
    assert result.gramians is SPRING
    assert result.values_name == "Hankel singular values"
    np.testing.assert_allclose(result.hsv, [4.0, 2.0, 1.0], rtol=1e-14)
    assert float(result.error()) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("gramians", [dln.Automatic(), dln.Lyapunov()])
def test_its_own_gramians_may_be_asked_for_by_name(gramians):
    np.testing.assert_allclose(dln.hankel_singular_values(SPRING, gramians=gramians), [4.0, 2.0, 1.0], rtol=1e-14)


def test_other_gramians_are_refused_unless_the_class_takes_them():
    class Choosing(Spring):
        takes_gramians = True

    with pytest.raises(InvalidArgumentError, match="leave it out"):
        dln.balance(SPRING, gramians=dln.LowRank())
    assert dln.balance(Choosing(SPRING.reach, SPRING.observe), gramians=dln.LowRank()).order == 3


def test_methods_that_keep_the_gain_are_for_linear_systems():
    with pytest.raises(InvalidArgumentError, match="method"):
        dln.reduce(SPRING, 1, method="residualize")


def test_arrays_arrive_read_only():
    arrived = pickle.loads(pickle.dumps(SPRING))
    assert not arrived.reach.flags.writeable
    np.testing.assert_array_equal(arrived.reach, SPRING.reach)


@pytest.mark.parametrize("missing", ["factor_pairs", "project", "distance", "to_arrays", "from_arrays"])
def test_what_a_class_has_to_say(missing):
    methods = {name: value for name, value in vars(Spring).items() if name != missing and not name.startswith("__")}
    with pytest.raises(TypeError, match=missing):
        type("Lacking", (Model,), methods)()


@pytest.mark.parametrize("kind", [dln.SystemFamily, dln.BilinearSystem, dln.PeriodicSystem, dln.TimeVaryingSystem])
def test_classes_of_the_package_say_what_they_measure(kind):
    assert issubclass(kind, StateSpaces)
    assert kind.measure
    assert kind.measure != "H∞ error"
    assert "values" in kind.values_name


@pytest.mark.parametrize("action", [dln.hankel_norm, dln.compare, dln.h2_norm, dln.as_system])
def test_where_a_linear_system_is_needed_the_refusal_says_what_takes_other_models(action):
    with pytest.raises(InvalidArgumentError, match=r"a SystemFamily; balance, reduce, .* take it as it is"):
        action(dln.SystemFamily([dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])]))


def test_a_file_that_has_lost_its_class_is_not_read_as_a_smaller_model(tmp_path):
    system = dln.BilinearSystem([[-1.0]], [[[0.5]]], [[1.0]], [[1.0]])
    path, damaged = dln.save(system, tmp_path / "b.npz"), tmp_path / "damaged.npz"
    with zipfile.ZipFile(path) as whole:
        members = whole.namelist()
        for lost in members:
            with zipfile.ZipFile(damaged, "w") as rest:
                for member in members:
                    if member != lost:
                        rest.writestr(member, whole.read(member))
            with pytest.raises(FileFormatError):
                dln.load(damaged)


def test_a_file_of_another_class_is_not_taken_for_a_linear_system(tmp_path):
    path = dln.save(dln.SystemFamily([dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]])]), tmp_path / "f.npz")
    for read in (dln.files.load_system, dln.files.load_network):
        with pytest.raises(FileFormatError, match="got a SystemFamily; read it with load"):
            read(path)
