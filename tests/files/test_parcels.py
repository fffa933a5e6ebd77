"""Objects on their way to another process."""

import pickle

import control
import numpy as np
import pytest

from dlnbalance.files.parcels import Parcel
from dlnbalance.systems.linear_system import LinearSystem


def sent(content):
    return pickle.loads(pickle.dumps(Parcel(content))).content


def test_within_one_process_the_content_is_the_same_object():
    content = object()
    assert Parcel(content).content is content


@pytest.mark.parametrize("dt", [0, 0.1, True])
def test_state_space_objects_arrive_wherever_they_stand(dt):
    """Pickle refuses their functions; inside of lists and dicts, too."""
    plant = control.ss([[-0.5]], [[1.0, 2.0]], [[3.0]], [[4.0, 5.0]], dt, name="plant", inputs=["a", "b"], states=["x"])
    arrived = sent({"models": [plant, "text"], "again": plant})
    assert arrived["models"][1] == "text"
    for other in (arrived["models"][0], arrived["again"]):
        assert isinstance(other, control.StateSpace)
        assert (other.dt, other.dt is True) == (plant.dt, plant.dt is True)
        assert (other.name, other.input_labels, other.state_labels) == ("plant", ["a", "b"], ["x"])
        for letter in "ABCD":
            np.testing.assert_array_equal(getattr(other, letter), getattr(plant, letter))


def test_systems_of_the_library_arrive_without_their_caches():
    system = LinearSystem([[-1.0]], [[1.0]], [[1.0]], name="lag")
    _ = system.schur
    arrived = sent([system])[0]
    assert arrived.name == "lag"
    assert arrived(1.0).item() == 0.5
    assert "schur" not in vars(sent(system))


def test_what_pickle_refuses_is_refused():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(Parcel(lambda: None))
