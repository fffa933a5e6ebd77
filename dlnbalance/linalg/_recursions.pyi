from .arrays import Array, Indices

def factor_columns(
    S: Array, T: Array | None, B: Array, U: Array, discrete: bool, negligible: float, divisible: float
) -> None: ...
def shifted_solutions(
    S: Array, T: Array | None, points: Array, X: Array, rows: Indices, x: Array, eta: Array
) -> bool: ...
