r"""Initial networks: balanced, λ-balanced, with a prescribed spectrum, Gaussian.

Gradient descent conserves the moments G_k up to the square of its step, so that a network that starts balanced
stays balanced, and the end-to-end matrix then moves by the geometry of Bah, Rauhut, Terstiege and Westdickenberg.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg as la

from ..errors import InvalidArgumentError
from ..linalg.arguments import flag, items, positive_number, real_number, shown
from ..linalg.arrays import Array, adjoint, as_generator, as_matrix, in_range, real_vector, whole_number
from .centers import assemble_center
from .network import DeepLinearNetwork

__all__ = ["balanced", "gaussian", "haar_unitary", "lambda_balanced", "random_spectrum"]


def balanced(X: Any, depth: int | None = None, *, widths: Sequence[int] | None = None) -> DeepLinearNetwork:
    r"""The balanced center with a given end-to-end matrix, at a given depth or at given widths.

    .. math:: W = (Λ Q_0^*, Λ, …, Λ, Q_N Λ), \qquad X = Q_N Σ Q_0^*, \quad Λ = Σ^{1/N}.

    Parameters
    ----------
    X : (d_N, d_0) array_like
        End-to-end matrix.
    depth : int
        Number of layers N; the hidden widths are then min(d_0, d_N).
    widths : sequence of int
        Instead of `depth`: all widths (d_0, …, d_N). Hidden ones may not be below the rank of X.

    Returns
    -------
    DeepLinearNetwork
        Of least norm among all networks with this X, Σ‖W_k‖² = N Σ σ_i^{2/N}.

    Raises
    ------
    InvalidArgumentError
        When neither or both of `depth` and `widths` are given, or a width is too small.

    Notes
    -----
    One singular value decomposition of X. Singular values that rounding in X could make zero count as zero.

    References
    ----------
    .. [1] K. Lindsey, G. Menon, "Regularization implies balancedness in the deep linear network",
       arXiv:2511.01137, Theorem 1.

    See Also
    --------
    dlnbalance.networks.random_balanced : sample the balanced networks over X uniformly.
    dlnbalance.initialization.random_spectrum : a balanced network with given singular values.

    Examples
    --------
    >>> network = balanced([[8.0, 0.0], [0.0, 1.0]], widths=(2, 3, 4, 2))
    >>> network.widths, round(2 * network.representation.energy, 12)  # 3 (8^⅔ + 1)
    ((2, 3, 4, 2), 15.0)
    """
    layer = DeepLinearNetwork([as_matrix("X", X)])
    hidden = _hidden_widths(layer.end_to_end.shape, depth, widths)
    svd = layer.decomposition
    if hidden and min(hidden) < svd.rank:
        raise InvalidArgumentError(
            "widths",
            f"hidden widths of at least {svd.rank}, the rank of X",
            f"{min(hidden)}",
            "widen the layers, or truncate X first",
        )
    return DeepLinearNetwork(assemble_center(svd, svd.rank, hidden))


def lambda_balanced(X: Any, lam: float, hidden: int | None = None) -> DeepLinearNetwork:
    r"""Two layers with W_2 W_1 = X and a prescribed multiple of the identity as moment.

    .. math:: W_2^* W_2 - W_1 W_1^* = λ I.

    Gradient flow conserves λ. It interpolates between rich learning (λ = 0) and lazy learning
    (λ large in modulus).

    Parameters
    ----------
    X : (d_2, d_0) array_like
        End-to-end matrix.
    lam : float
        The real number λ, of either sign.
    hidden : int, optional
        Hidden width d_1; min(d_0, d_2) when left out.

    Returns
    -------
    DeepLinearNetwork
        Of depth 2. In the singular frames of X, every mode has :math:`w_2 w_1 = σ`, :math:`w_2^2 - w_1^2 = λ`.

    Raises
    ------
    InvalidArgumentError
        When no such pair exists: for d_1 below rank X; for λ > 0 and d_1 > d_2, since W_2*W_2 = W_1W_1* + λI is
        then positive definite and W_2 would have to be injective; for λ < 0 and d_1 > d_0, likewise with W_1*.

    Notes
    -----
    These conditions are also sufficient. With μ = 2σ²/(λ' + (λ'² + 4σ²)^½) and λ' the modulus of λ, the squared
    singular values of the two layers are μ and μ + λ'; the d_1 − rank X hidden directions that X does not use carry
    zero and λ'. Neither square root suffers cancellation.

    References
    ----------
    .. [1] C. C. J. Dominé et al., "From lazy to rich: exact learning dynamics in deep linear networks", ICLR 2025.

    See Also
    --------
    dlnbalance.initialization.balanced : the balanced center with a given end-to-end matrix.
    dlnbalance.networks.closed_forms.two_layer_learning : a two-layer network that learns a matrix.

    Examples
    --------
    >>> network = lambda_balanced([[2.0]], 3.0)
    >>> [round(abs(w.item()), 12) for w in network.weights]  # 1 · 2 = 2, 2² − 1² = 3
    [1.0, 2.0]
    """
    layer = DeepLinearNetwork([as_matrix("X", X)])
    (d_out, d_in), rank = layer.end_to_end.shape, layer.rank
    d = min(d_out, d_in) if hidden is None else whole_number("hidden", hidden)
    lam = real_number("lam", lam, remedy="moments are Hermitian")
    limit = d  # none, if the layers are balanced
    if lam > 0:
        limit = d_out
    elif lam < 0:
        limit = d_in
    if not rank <= d <= limit:
        bound = f"at least {rank}, the rank of X" if d < rank else f"at most {limit}, where the larger layer ends"
        raise InvalidArgumentError(
            "hidden",
            f"a width of {bound}",
            f"{d}",
            "λI is a difference of Gram matrices: the layer that exceeds the other must have full rank d_1",
        )
    left, values, right = la.svd(layer.end_to_end)
    sigma = np.zeros(d)
    sigma[:rank] = values[:rank]
    shift = abs(lam)
    with np.errstate(over="ignore", invalid="ignore"):  # refused at once
        denominator = shift + np.hypot(shift, 2 * sigma)
        smaller = np.divide(2 * sigma**2, denominator, out=np.zeros(d), where=denominator > 0)
        first, second = np.sqrt(in_range("X", smaller, "layers")), np.sqrt(in_range("lam", smaller + shift, "layers"))
    if lam < 0:
        first, second = second, first
    return DeepLinearNetwork([_rows(right, first), adjoint(_rows(adjoint(left), second))])


def random_spectrum(
    widths: Sequence[int],
    singular_values: Sequence[float],
    *,
    rng: np.random.Generator | int,
    complex_entries: bool = False,
) -> DeepLinearNetwork:
    r"""Balanced network whose end-to-end matrix has given singular values and is random otherwise.

    .. math:: W_k = Q_k Σ^{1/N} Q_{k-1}^*, \qquad Q_0, …, Q_N \text{ independent, Haar distributed}.

    Parameters
    ----------
    widths : sequence of int
        All widths (d_0, …, d_N), none below the number of nonzero singular values.
    singular_values : sequence of float
        Nonnegative, in any order.
    rng : numpy.random.Generator or int
        Source of randomness, or its seed.
    complex_entries : bool
        Unitary frames rather than orthogonal ones.

    Raises
    ------
    InvalidArgumentError
        For a width below the number of nonzero singular values, or singular values that are negative or not finite.

    See Also
    --------
    dlnbalance.initialization.balanced : the balanced center with a given end-to-end matrix.
    dlnbalance.initialization.haar_unitary : orthogonal or unitary matrix that is distributed by Haar measure.

    Examples
    --------
    >>> network = random_spectrum((4, 3, 5), [2.0, 0.5], rng=0)
    >>> network.singular_values.round(12).tolist(), network.is_balanced(1e-14)
    ([2.0, 0.5, 0.0], True)
    """
    widths = _widths(widths)
    sigma = np.sort(real_vector("singular_values", singular_values, "finite nonnegative numbers"))[::-1]
    if (sigma < 0).any():
        raise InvalidArgumentError(
            "singular_values", "nonnegative numbers", f"{sigma.min():g}", "singular values are lengths"
        )
    sigma = sigma[sigma > 0]
    if sigma.size > min(widths):
        raise InvalidArgumentError(
            "singular_values",
            f"at most {min(widths)} nonzero ones, the narrowest width",
            f"{sigma.size}",
            "drop some, or widen the layers",
        )
    generator = as_generator(rng)
    frames = [haar_unitary(d, rng=generator, complex_entries=complex_entries)[:, : sigma.size] for d in widths]
    roots = sigma ** (1 / (len(widths) - 1))
    return DeepLinearNetwork([(after * roots) @ adjoint(before) for before, after in pairwise(frames)])


def gaussian(
    widths: Sequence[int], scale: float = 1.0, *, rng: np.random.Generator | int, complex_entries: bool = False
) -> DeepLinearNetwork:
    r"""Network of independent Gaussian layers; not balanced.

    .. math:: (W_k)_{ij} \sim N(0, \text{scale}^2 / d_{k-1}),

    so that every layer keeps the expected squared length of its input up to the factor scale² d_k / d_{k−1}.

    Parameters
    ----------
    widths : sequence of int
        All widths (d_0, …, d_N).
    scale : float
        Standard deviation in units of d_{k−1}^{-1/2}.
    rng : numpy.random.Generator or int
        Source of randomness, or its seed.
    complex_entries : bool
        Circular complex entries of the same variance.

    See Also
    --------
    dlnbalance.initialization.balanced : the balanced center with a given end-to-end matrix.

    Examples
    --------
    >>> gaussian((2, 5, 3), rng=0).widths
    (2, 5, 3)
    """
    scale = positive_number("scale", scale, or_zero=True, remedy="pass for example 1.0")
    generator = as_generator(rng)
    return DeepLinearNetwork(
        [
            _normal(generator, d_out, d_in, complex_entries) * (scale / np.sqrt(d_in))
            for d_in, d_out in pairwise(_widths(widths))
        ]
    )


def haar_unitary(n: int, *, rng: np.random.Generator | int, complex_entries: bool = False) -> Array:
    """Orthogonal or unitary matrix that is distributed by Haar measure.

    Parameters
    ----------
    n : int
        Size.
    rng : numpy.random.Generator or int
        Source of randomness, or its seed.
    complex_entries : bool
        Unitary rather than orthogonal.

    Notes
    -----
    QR factorization of a Gaussian matrix, with the phases of R's diagonal moved to Q: without that the distribution
    is not invariant.

    References
    ----------
    .. [1] F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices AMS 54 (2007).

    See Also
    --------
    dlnbalance.initialization.random_spectrum : a balanced network with given singular values.

    Examples
    --------
    >>> Q = haar_unitary(3, rng=0)
    >>> bool(abs(Q.T @ Q - np.eye(3)).max() < 1e-14)
    True
    """
    whole_number("n", n, remedy="it is the size of the matrix")
    Q, R = la.qr(_normal(as_generator(rng), n, n, complex_entries))
    phases = np.diag(R) / np.abs(np.diag(R))
    return Q * phases


def _normal(generator: np.random.Generator, rows: int, columns: int, complex_entries: bool) -> Array:
    matrix = generator.standard_normal((rows, columns))
    if not flag("complex_entries", complex_entries):
        return matrix
    return (matrix + 1j * generator.standard_normal((rows, columns))) / np.sqrt(2)


def _rows(frame: Array, lengths: Array) -> Array:
    """Scale the leading rows of a unitary matrix; rows of length zero may exceed it."""
    scaled = np.zeros((lengths.size, frame.shape[1]), dtype=frame.dtype)
    count = min(lengths.size, frame.shape[0])
    scaled[:count] = lengths[:count, None] * frame[:count]
    return scaled


def _hidden_widths(shape: tuple[int, ...], depth: int | None, widths: Sequence[int] | None) -> tuple[int, ...]:
    if (depth is None) == (widths is None):
        raise InvalidArgumentError(
            "depth", "either a depth or widths", "both" if widths is not None else "neither", "pass one of the two"
        )
    if widths is None:
        return (min(shape),) * (whole_number("depth", depth) - 1)
    widths = _widths(widths)
    if (widths[-1], widths[0]) != shape:
        raise InvalidArgumentError(
            "widths",
            f"({shape[1]}, …, {shape[0]}), beginning and ending with the sizes of X",
            f"{widths}",
            "list all widths, from the input to the output",
        )
    return widths[1:-1]


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    expected, remedy = "at least an input and an output width", "pass (d_0, …, d_N)"
    given = items("widths", widths, expected, remedy=remedy)
    if len(given) < 2:
        raise InvalidArgumentError("widths", expected, shown(widths), remedy)
    return tuple(whole_number("widths", d) for d in given)
