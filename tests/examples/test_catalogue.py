"""Every model by name: stable, named, described, and found in any spelling."""

import inspect

import pytest

from dlnbalance import examples
from dlnbalance.errors import InvalidArgumentError
from dlnbalance.systems.linear_system import LinearSystem


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
        generator = examples.catalogue._find(name).generator
        text = inspect.getdoc(generator)
        for section in ("Parameters", "Returns", "Raises", "References", "Examples"):
            assert f"\n{section}\n---" in text
        assert ".. math::" in text
