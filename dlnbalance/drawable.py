"""Objects that draw themselves: by the pictures of a layer above, which is loaded when a picture is asked for."""

from importlib import import_module
from typing import Any

__all__ = ["Drawable"]

# What is drawn lies below what draws it, and imports go down only. So the name of the upper package stands here as a
# text, as that of a plug-in would.
_PICTURES = "dlnbalance.plotting"


class Drawable:
    """A class with a picture of its own; what it shows is registered with :func:`dlnbalance.plotting.draw`."""

    def plot(self, *, ax: Any = None) -> Any:
        """Draw the picture that says most about this object; the same as :func:`dlnbalance.plotting.draw`.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, optional
            Where to draw, one for each panel; a new figure is made when left out.

        Returns
        -------
        Drawing
            The axes, as a sequence, with their ``figure``.

        Examples
        --------
        >>> import dlnbalance as dln
        >>> gain, phase = dln.LinearSystem([[-1.0]], [[1.0]], [[1.0]]).plot()
        >>> gain.get_ylabel(), phase.get_ylabel()
        ('gain', 'phase (degrees)')
        """
        return import_module(_PICTURES).draw(self, ax=ax)
