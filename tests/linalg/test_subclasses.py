"""Classes that derive from a base."""

from abc import ABC, abstractmethod

from dlnbalance import structured
from dlnbalance.linalg.subclasses import concrete_subclasses, import_all
from dlnbalance.structured.model import Model


class Base(ABC):
    @abstractmethod
    def act(self): ...


class Shared(Base):
    """Still abstract."""


class Direct(Base):
    def act(self):
        return 1


class Indirect(Shared):
    def act(self):
        return 2


def test_concrete_classes_are_found_below_abstract_ones():
    assert concrete_subclasses(Base) == [Direct, Indirect]
    assert concrete_subclasses(Direct) == []


def test_what_a_package_exports_is_known_once_it_is_imported():
    import_all(structured)
    assert {"SystemFamily", "PeriodicSystem"} <= {kind.__name__ for kind in concrete_subclasses(Model)}
