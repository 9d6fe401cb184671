"""How much of a file is read at most."""

FILE_BYTES = 50 * 2**20
UNPACKED_BYTES = 600 * 2**20
PARTS = 2_000
DIRECTORY_BYTES = 2**20
RATIO = 200
"""A part larger than `RATIO_FROM` may not unpack to more than so many times its size."""
RATIO_FROM = 8 * 2**20
SMALL_PART = 8 * 2**20
"""Lists of sheets, styles and relations are read whole, up to this size."""

ROWS = 120_000
COLUMNS = 256
CELLS = 8_000_000
NOTES = 200_000
BLOCK = 2_000
"""Rows that are handed on at once; the child has the same number."""
PIECE = 2**20
LONGEST_CELL = 2 * 2**20
