"""Arrays for the browser in one piece: a header of JSON and the arrays behind it, deflated.

Layout before deflating: four bytes with the header's length (unsigned, little-endian), the header, zeros up to a
multiple of eight, and the arrays, each at a multiple of eight from the first one on. The header's ``arrays`` gives each
array's type, offset from the first one in bytes, and number of values. ``blob.js`` reads it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

# More than 6 costs twice the time and saves a percent.
_LEVEL = 6
# The types that have a typed array in JavaScript.
_TYPES = {"uint8", "uint16", "int32", "float32", "float64"}


def pack(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """A header and arrays as deflated bytes.

    Args:
        header: what JSON can hold; it must not have a key ``arrays``.
        arrays: by name, of any shape, each of a type that JavaScript has an array for; written row by row.

    Raises:
        ValueError: an array has a type that the browser cannot read.
    """
    places: dict[str, dict[str, Any]] = {}
    body = bytearray()
    for name, array in arrays.items():
        if array.dtype.name not in _TYPES:
            raise ValueError(f"the array {name} is of type {array.dtype}, and only {sorted(_TYPES)} can be sent")
        places[name] = {"type": array.dtype.name, "offset": len(body), "length": array.size}
        body += _padded(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
    text = json.dumps({**header, "arrays": places}, allow_nan=False, separators=(",", ":")).encode()
    return zlib.compress(_padded(struct.pack("<I", len(text)) + text) + bytes(body), _LEVEL)


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """The header and the arrays, each flat, of what ``pack`` made."""
    content = zlib.decompress(blob)
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    start = len(_padded(content[: 4 + length]))
    arrays = {}
    for name, place in header.pop("arrays").items():
        kind = np.dtype(place["type"]).newbyteorder("<")
        arrays[name] = np.frombuffer(content, kind, place["length"], start + place["offset"])
    return header, arrays


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 8)
