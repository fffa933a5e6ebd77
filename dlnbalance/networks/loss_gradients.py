"""Gradients of a loss E(X) of the end-to-end matrix: values of a caller's function, and gradients of the layers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..linalg.arguments import function, shown
from ..linalg.arrays import Array

__all__ = ["Gradient", "checked_gradient", "layer_gradients"]

#: Maps an end-to-end matrix (d_N, d_0), or a stack of them, to the Euclidean gradients of a loss there.
Gradient = Callable[[Array], Any]


def checked_gradient(gradient: Any, *, stacked: bool = False) -> Callable[[Array], Array]:
    """Return the function X ↦ E'(X) with a look at its values: their shape, their kind, and whether they are finite.

    Parameters
    ----------
    gradient : callable
        What the caller passed.
    stacked : bool
        Whether it is called with stacks of matrices. What is not finite passes then: one of many paths left the range
        of numbers, and who follows them says when.

    Raises
    ------
    InvalidArgumentError
        At once for what is no function; by the function that is returned, for values of another shape, complex ones at
        real matrices, and those that are no numbers.

    Examples
    --------
    >>> checked_gradient(lambda X: X - 1.0)(np.array([[3.0]])).item()
    2.0
    """
    function("gradient", gradient, "a function X ↦ E'(X)")

    def evaluated(X: Array) -> Array:
        value = np.asarray(gradient(X))
        if value.shape != X.shape or value.dtype.kind not in "iufc" or not (stacked or np.isfinite(value).all()):
            raise InvalidArgumentError(
                "gradient",
                f"a function that returns a finite array of shape {X.shape}",
                f"shape {value.shape}" if value.shape != X.shape else shown(value),
                "let it act on the last two axes: the first one counts the copies" if stacked else "return E'(X)",
            )
        if np.iscomplexobj(value) and not np.iscomplexobj(X):
            raise InvalidArgumentError(
                "gradient", "real values at real matrices", "complex ones", "start from a complex matrix or network"
            )
        return value

    return evaluated


def layer_gradients(layers: Sequence[Array], gradient: Callable[[Array], Array]) -> list[Array]:
    """Gradients L_k* E'(X) R_k* of E(W_N ⋯ W_1) in every layer, L_k = W_N ⋯ W_{k+1}, R_k = W_{k−1} ⋯ W_1.

    Parameters
    ----------
    layers : sequence of (…, d_k, d_{k-1}) array
        W_1, …, W_N, or stacks of them.
    gradient : callable
        X ↦ E'(X).

    Notes
    -----
    By the partial products from the input and one pass back from the output: 3N products of layers.

    Examples
    --------
    >>> layers = [np.array([[3.0]]), np.array([[2.0]])]
    >>> [slope.item() for slope in layer_gradients(layers, lambda X: X - 5.0)]  # of ½(w_2 w_1 − 5)²
    [2.0, 3.0]
    """
    products = [layers[0]]
    for weight in layers[1:]:
        products.append(weight @ products[-1])
    back = gradient(products[-1])  # L_k* E'(X)
    slopes = []
    for weight, before in zip(layers[:0:-1], products[-2::-1], strict=True):
        slopes.append(back @ before.conj().mT)
        back = weight.conj().mT @ back
    return [back, *reversed(slopes)]
