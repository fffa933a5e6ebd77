# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The recursions of triangular_lyapunov.py and SchurForm.resolvent, compiled: the same formulas, in the same order.

BLAS is SciPy's, found at run time, so that nothing is linked. Arrays are in Fortran order; nothing is checked.
"""

from libc.math cimport hypot, sqrt
from libc.stdlib cimport free, malloc
from scipy.linalg.cython_blas cimport (
    dgemv, dger, dnrm2, dtrmv, dtrsv, dznrm2, zaxpy, zgemm, zgemv, zgeru, ztrmv, ztrsv,
)

ctypedef fused number:
    double
    double complex

cdef int ONE = 1
cdef int BLOCK = 8  # rows that zaxpy eliminates one by one; the rest is left to zgemm
cdef int CACHED = 16384  # numbers of a solution that stay in the cache while it is found


def factor_columns(number[::1, :] S, number[::1, :] T, number[::1, :] B, number[::1, :] U, bint discrete,
                   double negligible, double divisible):
    """Columns of U from the last to the first, in place; uses up B, the right-hand side transposed, and S.

    T is None for E = I. Rows of B shorter than `negligible` count as zero; `divisible` is the modulus of a pole by
    which a small multiple of a rounding error may be divided.
    """
    cdef int n = S.shape[0], m = B.shape[0]
    cdef bint has_T = T is not None
    cdef bint has_copy = has_T or discrete
    cdef number* t = &T[0, 0] if has_T else NULL
    cdef number* work = <number*> malloc(sizeof(number) * (<size_t> n * (n if has_copy else 0) + 4 * <size_t> n + 2 * m))
    if work == NULL:
        raise MemoryError
    with nogil:
        if discrete:
            _discrete_columns(n, m, &S[0, 0], t, &B[0, 0], &U[0, 0], work, negligible, divisible)
        else:
            _continuous_columns(n, m, &S[0, 0], t, &B[0, 0], &U[0, 0], work, negligible)
    free(work)


cdef void _continuous_columns(int n, int m, number* S, number* T, number* B, number* U, number* work,
                              double negligible) noexcept nogil:
    cdef number* poles = work
    cdef number* above = work + n
    cdef number* beta = work + 4 * n
    cdef number* shifted = S if T == NULL else work + 4 * n + 2 * m
    cdef number* x
    cdef number opposite
    cdef double scale = 1.0, length, weight, u
    cdef int i, j
    for i in range(n):
        poles[i] = S[i + <size_t> i * n]
        if T != NULL:
            poles[i] = poles[i] / _real(T[i + <size_t> i * n])
    for j in range(n - 1, -1, -1):
        x = U + <size_t> j * n
        opposite = _conjugate(poles[j])
        if T != NULL:
            scale = _real(T[j + <size_t> j * n])
        weight = sqrt(-2 * _real(poles[j]))
        length = _input_normal(m, B + <size_t> j * m, weight, negligible, beta)
        u = length / (weight * scale)
        x[j] = u
        if j == 0:
            break
        for i in range(j):
            x[i] = u * S[i + <size_t> j * n]
        if T == NULL:
            for i in range(j):
                shifted[i + <size_t> i * n] = poles[i] + opposite
        else:
            _shift(n, j, 1.0, S, opposite, T, shifted)
            for i in range(j):
                above[i] = u * T[i + <size_t> j * n]
                x[i] = x[i] + opposite * above[i]
        _add_rows(m, j, B, beta + m, 1.0, x)
        _solve(j, n, shifted, x)
        for i in range(j):
            x[i] = -x[i]
        if T == NULL:
            _subtract(m, j, beta, x, B)
        else:
            for i in range(j):
                above[n + i] = x[i]
            _multiply(j, n, T, above + n)
            for i in range(j):
                above[i] = above[i] + above[n + i]
            _subtract(m, j, beta, above, B)


cdef void _discrete_columns(int n, int m, number* S, number* T, number* B, number* U, number* work,
                            double negligible, double divisible) noexcept nogil:
    cdef number* poles = work
    cdef number* known = work + n
    cdef number* above = work + 2 * n  # u S e_j
    cdef number* turned = work + 3 * n
    cdef number* beta = work + 4 * n
    cdef number* shifted = work + 4 * n + 2 * m
    cdef number* x
    cdef number opposite, phase
    cdef double scale = 1.0, length, weight, size, u
    cdef int i, j
    for i in range(n):
        poles[i] = S[i + <size_t> i * n]
        if T != NULL:
            poles[i] = poles[i] / _real(T[i + <size_t> i * n])
    for j in range(n - 1, -1, -1):
        x = U + <size_t> j * n
        opposite, size = _conjugate(poles[j]), _modulus(poles[j])
        if T != NULL:
            scale = _real(T[j + <size_t> j * n])
        weight = sqrt((1 - size) * (1 + size))
        length = _input_normal(m, B + <size_t> j * m, weight, negligible, beta)
        u = length / (weight * scale)
        x[j] = u
        if j == 0:
            break
        _add_rows(m, j, B, beta + m, 0.0, known)
        _shift(n, j, -opposite, S, 1.0, T, shifted)
        for i in range(j):
            above[i] = u * S[i + <size_t> j * n]
            x[i] = known[i] + opposite * above[i]
        if T != NULL:
            for i in range(j):
                x[i] = x[i] - u * T[i + <size_t> j * n]
        _solve(j, n, shifted, x)
        if T == NULL and size >= divisible:  # x = known + λ* (S x + Su)
            for i in range(j):
                turned[i] = known[i] / (1 + size) + (x[i] - known[i]) / size
        else:
            phase = 1.0
            if size > 0:
                phase = opposite / size
            for i in range(j):
                turned[i] = x[i]
            _multiply(j, n, S, turned)
            for i in range(j):
                turned[i] = known[i] / (1 + size) + phase * (turned[i] + above[i])
        _subtract(m, j, beta, turned, B)


cdef double _input_normal(int m, number* row, double weight, double negligible, number* beta) noexcept nogil:
    """Length of a row of B, and a row of length `weight` in its direction, followed by its conjugate."""
    cdef double length
    cdef int i
    if number is double:
        length = dnrm2(&m, row, &ONE)
    else:
        length = dznrm2(&m, row, &ONE)
    if length < negligible:  # unreachable
        length = 0.0
        for i in range(m):
            beta[i] = 0.0
        beta[0] = weight
    else:
        for i in range(m):
            beta[i] = row[i] * (weight / length)
    for i in range(m):
        beta[m + i] = _conjugate(beta[i])
    return length


cdef void _shift(int n, int j, number s, number* S, number t, number* T, number* shifted) noexcept nogil:
    """The leading j columns of s S + t T, upper triangles; T is the identity where it is NULL."""
    cdef int i, k
    cdef size_t at
    for k in range(j):
        at = <size_t> k * n
        if T == NULL:
            for i in range(k + 1):
                shifted[at + i] = s * S[at + i]
            shifted[at + k] = shifted[at + k] + t
        else:
            for i in range(k + 1):
                shifted[at + i] = s * S[at + i] + t * T[at + i]


cdef void _add_rows(int m, int j, number* B, number* conjugate, double kept, number* x) noexcept nogil:
    """B β* + kept x for the j leading rows of B, in place of x."""
    cdef number one = 1.0, share = kept
    if number is double:
        dgemv(b"T", &m, &j, &one, B, &m, conjugate, &ONE, &share, x, &ONE)
    else:
        zgemv(b"T", &m, &j, &one, B, &m, conjugate, &ONE, &share, x, &ONE)


cdef void _subtract(int m, int j, number* beta, number* x, number* B) noexcept nogil:
    """B − x β for the j leading rows of B, in place."""
    cdef number minus = -1.0
    if number is double:
        dger(&m, &j, &minus, beta, &ONE, x, &ONE, B, &m)
    else:
        zgeru(&m, &j, &minus, beta, &ONE, x, &ONE, B, &m)


cdef void _solve(int j, int n, number* M, number* x) noexcept nogil:
    """Solve with the leading j rows and columns of an upper triangular M, in place of x."""
    if number is double:
        dtrsv(b"U", b"N", b"N", &j, M, &n, x, &ONE)
    else:
        ztrsv(b"U", b"N", b"N", &j, M, &n, x, &ONE)


cdef void _multiply(int j, int n, number* M, number* x) noexcept nogil:
    """Multiply by them."""
    if number is double:
        dtrmv(b"U", b"N", b"N", &j, M, &n, x, &ONE)
    else:
        ztrmv(b"U", b"N", b"N", &j, M, &n, x, &ONE)


cdef number _conjugate(number x) noexcept nogil:
    if number is double:
        return x
    else:
        return x.conjugate()


cdef double _real(number x) noexcept nogil:
    if number is double:
        return x
    else:
        return x.real


cdef double _modulus(number x) noexcept nogil:
    if number is double:
        return abs(x)
    else:
        return hypot(x.real, x.imag)


def shifted_solutions(const double complex[::1, :] S, const double complex[::1, :] T,
                      const double complex[::1] points, double complex[:, :, ::1] X, const Py_ssize_t[::1] rows, const double complex[::1] x,
                      const double complex[::1] y):
    """Solve (z_k T − S) X_k = R in place, for all points at once; X[:, k, :] is R before. T is None for E = I.

    Then the solution is turned as by :func:`turn_rows`.

    Returns whether a point is an eigenvalue to the last bit: then X is of no use.
    """
    cdef int n = S.shape[0], count = points.shape[0], m = X.shape[2]
    cdef int share, here, start = 0, stride = count * m, k, pairs = rows.shape[0]
    cdef bint singular = False
    cdef double complex* scaled = NULL
    cdef double complex* t = NULL
    if n == 0 or count == 0 or m == 0:
        return False
    share = min(count, max(1, CACHED // (n * m)))
    if T is not None:
        t = <double complex*> &T[0, 0]
        scaled = <double complex*> malloc(sizeof(double complex) * <size_t> n * share * m)
        if scaled == NULL:
            raise MemoryError
    with nogil:
        while start < count and not singular:
            here = min(share, count - start)
            singular = _solutions(n, here, m, stride, <double complex*> &S[0, 0], t, <double complex*> &points[start],
                                  &X[0, start, 0], scaled)
            for k in range(pairs):
                _turn(here * m, x[k], y[k], &X[rows[k], start, 0], &X[rows[k] + 1, start, 0])
            start += here
    free(scaled)
    return singular


def turn_rows(double complex[:, ::1] M, const Py_ssize_t[::1] rows, const double complex[::1] x,
              const double complex[::1] y):
    """Multiply rows k, k + 1 of M by [[x, y], [y, x*]] for every k in `rows`, in place."""
    cdef int k, width = M.shape[1]
    if width:
        for k in range(rows.shape[0]):
            _turn(width, x[k], y[k], &M[rows[k], 0], &M[rows[k] + 1, 0])


cdef void _turn(int width, double complex x, double complex y, double complex* upper,
                double complex* lower) noexcept nogil:
    cdef double complex first
    cdef int j
    for j in range(width):
        first = upper[j]
        upper[j] = x * first + y * lower[j]
        lower[j] = y * first + x.conjugate() * lower[j]


cdef bint _solutions(int n, int count, int m, int stride, double complex* S, double complex* T, double complex* points,
                     double complex* X, double complex* scaled) noexcept nogil:
    """Rows from the last to the first, `stride` numbers apart; `scaled` takes z_k X_k, without gaps."""
    cdef int width = count * m, lo, hi = n, rows, later, i, l, k, j
    cdef double complex one = 1.0, minus = -1.0, pole, pivot, t = 1.0
    cdef double complex* x
    while hi > 0:
        lo = max(0, hi - BLOCK)
        rows, later = hi - lo, n - hi
        if later:
            zgemm(b"N", b"T", &width, &rows, &later, &one, X + <size_t> hi * stride, &stride, S + lo + <size_t> hi * n,
                  &n, &one, X + <size_t> lo * stride, &stride)
            if T != NULL:
                zgemm(b"N", b"T", &width, &rows, &later, &minus, scaled + <size_t> hi * width, &width,
                      T + lo + <size_t> hi * n, &n, &one, X + <size_t> lo * stride, &stride)
        for i in range(hi - 1, lo - 1, -1):
            x = X + <size_t> i * stride
            for l in range(i + 1, hi):
                _add(width, S[i + <size_t> l * n], X + <size_t> l * stride, x)
                if T != NULL:
                    _add(width, -T[i + <size_t> l * n], scaled + <size_t> l * width, x)
            pole = S[i + <size_t> i * n]
            if T != NULL:
                t = T[i + <size_t> i * n]
            for k in range(count):
                pivot = points[k] * t - pole
                if pivot == 0:
                    return True
                for j in range(k * m, (k + 1) * m):
                    x[j] = x[j] / pivot
                    if T != NULL:
                        scaled[<size_t> i * width + j] = points[k] * x[j]
        hi = lo
    return False


cdef void _add(int width, double complex factor, double complex* x, double complex* y) noexcept nogil:
    """Add a multiple of x to y."""
    zaxpy(&width, &factor, x, &ONE, y, &ONE)
