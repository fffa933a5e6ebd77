"""Orthonormal frames that run through a product of layers, one QR factorization each."""

from collections.abc import Sequence
from dataclasses import dataclass

import scipy.linalg as la

from .arrays import Array

__all__ = ["Sweep", "sweep"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    r"""Orthonormal frames along a product of layers, W_k P_{k−1} = P_k R_k.

    Attributes
    ----------
    frames : tuple of (d_k, r) array
        P_0, …, P_N.
    triangles : tuple of (r, r) array
        R_1, …, R_N, upper triangular.
    """

    frames: tuple[Array, ...]
    triangles: tuple[Array, ...]


def sweep(layers: Sequence[Array], frame: Array) -> Sweep:
    r"""Carry an orthonormal frame through the layers: one QR factorization each.

    Parameters
    ----------
    layers : sequence of (d_k, d_{k-1}) array
        W_1, …, W_N, of widths d_k ≥ r.
    frame : (d_0, r) array
        P_0.

    Notes
    -----
    Backward stable layer by layer: every R_k is that of a layer changed by a few eps in each column of W_k P_{k−1}.
    About 2 d² r + 4 d r² flops a layer.

    Examples
    --------
    >>> import numpy as np
    >>> turned = sweep([np.array([[0.0, 2.0], [1.0, 0.0]])], np.eye(2))
    >>> np.abs(np.diagonal(turned.triangles[0])).round(12).tolist()
    [1.0, 2.0]
    """
    frames, triangles = [frame], []
    for layer in layers:
        frame, triangle = la.qr(layer @ frame, mode="economic", overwrite_a=True, check_finite=False)
        frames.append(frame)
        triangles.append(triangle)
    return Sweep(frames=tuple(frames), triangles=tuple(triangles))
