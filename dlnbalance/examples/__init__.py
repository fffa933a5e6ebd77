"""Model problems by formula: beams, rods, chains, the usual benchmarks, and random stable systems.

Every generator returns a :class:`~dlnbalance.systems.linear_system.LinearSystem` with named signals. :func:`get` makes
them by name with their default sizes:

>>> from dlnbalance import examples
>>> for name in examples.names():
...     print(f"{name}: {examples.describe(name)}")
beam: Clamped Euler–Bernoulli beam, driven by a force at its tip.
heat-rod: Heat conduction in a rod with cooled ends, heated at one node and measured at another.
fom: Penzl's "FOM": three resonances and a long line of real poles.
convection-diffusion: Convection and diffusion on the unit square, heated in one strip and measured in another.
mass-spring-damper: Chain of masses, each joined to the next by a spring and a damper.
random: Random asymptotically stable system, continuous or discrete, real or complex.

All of them are asymptotically stable, apart from the mechanical ones when their damping is set to zero.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
