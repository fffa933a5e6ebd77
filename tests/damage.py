"""Files with one thing wrong, for tests and benchmarks: what reads them must refuse, or return what was meant."""

import struct

import numpy as np

#: Values that sizes, counts and indices may take in a damaged file.
_NUMBERS = [0, 1, 2, 3, 255, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1]


def mutations(rng, content, count):
    """Yield `count` versions of a file: bits flipped, numbers put in, parts removed, repeated or filled with zeros."""
    for _ in range(count):
        changed = bytearray(content)
        _KINDS[rng.integers(len(_KINDS))](rng, changed)
        yield bytes(changed)


def _flip_a_bit(rng, content):
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)


def _change_a_byte(rng, content):
    content[rng.integers(len(content))] = rng.integers(256)


def _put_in_a_number(rng, content):
    place = 4 * rng.integers(len(content) // 4)
    content[place : place + 4] = struct.pack(rng.choice(["<I", ">I"]), _NUMBERS[rng.integers(len(_NUMBERS))])


def _cut_off(rng, content):
    del content[rng.integers(len(content)) :]


def _remove_a_part(rng, content):
    place = rng.integers(len(content))
    del content[place : place + rng.integers(1, 40)]


def _repeat_a_part(rng, content):
    place = rng.integers(len(content))
    content[place:place] = content[place : place + rng.integers(1, 40)]


def _fill_with_zeros(rng, content):
    place, length = rng.integers(len(content)), rng.integers(1, 40)
    content[place : place + length] = bytes(len(content[place : place + length]))


def _change_many(rng, content):
    for place in rng.integers(len(content), size=np.clip(len(content) // 50, 2, 30)):
        content[place] = rng.integers(256)


_KINDS = [
    _flip_a_bit, _change_a_byte, _put_in_a_number, _cut_off, _remove_a_part, _repeat_a_part, _fill_with_zeros,
    _change_many,
]  # fmt: skip
