"""The values of a kernel's tunables: those measured for the device, or else the record's defaults.

Measured values are entries of JSON files, one file a kernel: those shipped with clnd in
``kernels/tuned/``, and the user's own in ``tuned/`` of the cache directory, which win. Looked for
is an entry of the same device; then of its architecture; then of its vendor and type. It must come
from the same driver: two drivers compile the same kernel too differently. No value changes a bit of
a result, so a wrong entry can cost time and nothing else.
"""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from clnd.dtypes import DType
from clnd.errors import ClndWarning
from clnd.files import read_text
from clnd.kernels.kernel import Kernel, Parameters
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings

__all__ = ["SHIPPED", "Entry", "assign", "forget", "look_up", "parameters", "parsed", "users_folder"]

SHIPPED = Path(__file__).parent / "tuned"
"""The folder of the data that comes with clnd."""


@light_dataclass(frozen=True)
class Entry:
    """Parameters that were measured, and where, how and when.

    ``device``, ``vendor`` and the other facts of the device are those of `DeviceInfo`, ``version`` is
    its driver's. ``figure`` is what was reached and ``default`` what the record's default reaches,
    both in ``unit``.
    """

    kernel: str
    family: str
    dtype: str
    parameters: Mapping[str, int]
    driver: str
    device: str
    architecture: str
    vendor: str
    kind: str
    version: str
    clnd: str
    date: str
    figure: float
    default: float
    unit: str


def parameters(record: Kernel, dtype: DType, device: OpenDevice) -> dict[str, int]:
    """What ``record`` runs with on ``device``. Launchers ask here; the answer is kept with the device."""
    key = (record.name, record.family, dtype)
    kept = device.parameters.get(key)
    if kept is None or kept[0] is not record or kept[1] is not device.info:
        kept = device.parameters[key] = (record, device.info, look_up(record, dtype, device.info))
    values: dict[str, int] = kept[2]
    return dict(values)


def assign(record: Kernel, dtype: DType, device: OpenDevice, values: Parameters) -> None:
    """Make `parameters` answer ``values``. What was built before stays as it is: see `OpenDevice.without_kernels`."""
    device.parameters[record.name, record.family, dtype] = (record, device.info, dict(values))


# --- looking up --------------------------------------------------------------------------------

# From the nearest relation of an entry to a device to the farthest.
_RELATIONS: tuple[Callable[[Entry, DeviceInfo], bool], ...] = (
    lambda entry, info: entry.device == info.name,
    lambda entry, info: bool(info.architecture) and entry.architecture == info.architecture,
    lambda entry, info: (entry.vendor, entry.kind) == (info.vendor, info.kind),
)


def look_up(record: Kernel, dtype: DType, info: DeviceInfo) -> dict[str, int]:
    """The measured parameters that are nearest to the device, or the default.

    A tunable that an entry does not name, because the entry is older, has its default value where
    the whole then fits. An entry that names what the record does not have, or one of the user's own that
    does not fit the very device it was measured on, is told of in a `ClndWarning` and passed over.
    """
    entries = [
        (file, entry)
        for file in _files(record.name)
        for entry in _read(file)
        if (entry.kernel, entry.family, entry.dtype, entry.driver) == (record.name, record.family, dtype.name, info.driver)
    ]
    for relation in _RELATIONS:
        for file, entry in entries:
            if not relation(entry, info):
                continue
            unknown = {k: v for k, v in entry.parameters.items() if v not in record.tunables.get(k, ())}
            if unknown:
                _warn(f"[tuning] {file}: {_named(entry)} has {_listed(unknown)}, which this kernel does not take; it is ignored")
                continue
            for complete in record.space(dtype, info):
                if entry.parameters.items() <= complete.items():
                    return complete
            # A relative of the device may be smaller than it was, and so may another's device of this name.
            if entry.device == info.name and file.parent == users_folder():
                _warn(f"[tuning] {file}: {_named(entry)}, {_listed(entry.parameters)}, does not fit {info.name}; it is ignored")
    return record.default(dtype, info)


def _named(entry: Entry) -> str:
    return f"the entry for {entry.dtype} on {entry.device} ({entry.driver}, family {entry.family})"


def _listed(values: Parameters) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


# --- files -------------------------------------------------------------------------------------


def users_folder() -> Path:
    """The folder of the user's own data; it need not exist."""
    return settings.cache_dir() / "tuned"


def _files(kernel: str) -> list[Path]:
    folders = [users_folder(), SHIPPED] if settings.cache else [SHIPPED]
    return [folder / f"{kernel}.json" for folder in folders]


@functools.cache
def _read(file: Path) -> tuple[Entry, ...]:
    """The entries of a file; none where there is no such file, or it is broken."""
    try:
        return parsed(read_text(file))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ()  # a home that cannot be used has no tuning data
    except (OSError, ValueError, RecursionError) as error:
        _warn(f"[tuning] {file} is ignored: {error}; remove it, or measure again with: python -m clnd tune {file.stem}")
        return ()


def parsed(text: str) -> tuple[Entry, ...]:
    """The entries of a file's text. ValueError says what is wrong with it."""
    content = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise ValueError('it is not an object with a list "entries"')
    return tuple(_entry(number, values) for number, values in enumerate(content["entries"]))


_TYPES: Mapping[str, tuple[type, ...]] = {"str": (str,), "float": (int, float), "Mapping[str, int]": (dict,)}


def _entry(number: int, values: Any) -> Entry:
    wanted = {field.name: _TYPES[str(field.type)] for field in fields(Entry)}
    if not isinstance(values, dict) or values.keys() != wanted.keys():
        raise ValueError(f"entry {number} does not have exactly the fields {', '.join(wanted)}")
    for name, types in wanted.items():
        if type(values[name]) not in types:
            raise ValueError(f"entry {number} has {name}={values[name]!r}")
    if any(type(value) is not int for value in values["parameters"].values()):
        raise ValueError(f"entry {number} has parameters={values['parameters']!r}; expected whole numbers")
    return Entry(**values)


@functools.cache
def _warn(message: str) -> None:
    """Warn once of each thing."""
    warnings.warn(message, ClndWarning, stacklevel=2)


def forget() -> None:
    """Read the files again, and warn again."""
    _read.cache_clear()
    _warn.cache_clear()
