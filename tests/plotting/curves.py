"""What pictures show, read back from them."""


def lines(axes):
    """Curves of a picture by their names in the legend."""
    return {line.get_label(): line for line in axes.lines}
