"""The values of a JSON file one at a time, so that memory does not grow with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symbreak.data.source import file_error

_BLOCK = 1 << 16


def json_values(path: Path) -> Iterator[tuple[int, Any]]:
    """The elements of the array that the file is, or else the values that stand in it, each with its line.

    Raises:
        ValueError: where the file is no JSON, ends within a value or within the array, or is no UTF-8.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "two.json")
        ...     _ = path.write_text('[{"a": 1},' + chr(10) + '{"a": 2}]')
        ...     list(json_values(path))
        [(1, {'a': 1}), (2, {'a': 2})]
    """
    decode = json.JSONDecoder().raw_decode
    with path.open(encoding="utf-8-sig") as file:
        try:
            text = file.read(_BLOCK)
            start = text.lstrip()
            line = 1 + text.count("\n", 0, len(text) - len(start))
            is_open = start.startswith("[")
            text = start[1:] if is_open else start
            while True:
                rest = text.lstrip(" \t\r\n,")
                line += text.count("\n", 0, len(text) - len(rest))
                text = rest
                if is_open and text.startswith("]"):
                    text, is_open = text[1:], False
                    continue
                try:
                    value, end = decode(text)
                except json.JSONDecodeError as error:
                    block = file.read(max(_BLOCK, len(text)))  # twice as much each time: the cost stays linear
                    if not block:
                        break_at = error
                        break
                    text += block
                    continue
                yield line, value
                line += text.count("\n", 0, end)
                text = text[end:]
        except UnicodeDecodeError as error:
            raise file_error(path, f"its bytes are no UTF-8 text ({error.reason})", "Save the file as UTF-8") from None
    if text:
        raise file_error(
            path, f"no JSON, or cut off: {break_at.msg}", "Write or copy it again", line + break_at.lineno - 1
        )
    if is_open:
        raise file_error(path, "the array is not closed: the file was cut off", "Write or copy it again", line)
