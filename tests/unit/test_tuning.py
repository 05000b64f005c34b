"""Which parameters a kernel runs with: the chain of tuning data, and what becomes of broken data."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from clnd.dtypes import float32, float64
from clnd.errors import ClndWarning
from clnd.kernels import tuning
from clnd.kernels.kernel import Kernel
from clnd.kernels.tuning import Entry, look_up
from clnd.runtime.architecture import of_host
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.tuner import data
from clnd.tuner.workloads import WORKLOADS

RECORD = Kernel(
    name="made_up",
    family="gpu",
    tunables={"TILE": (8, 16, 32), "PAD": (0, 1)},
    fits=lambda p, dtype, device: p["TILE"] ** 2 <= device.max_work_group_size,
    moved=lambda problem, itemsize: 0,
    flops=lambda problem: 0,
    problems=((1,),),
)
INFO = DeviceInfo(
    driver="nvidia", platform="NVIDIA CUDA", name="NVIDIA H100", vendor="NVIDIA Corporation", version="3.0", kind="gpu", family="gpu",
    compute_units=132, max_work_group_size=1024, local_mem_size=48 << 10, global_mem_size=1 << 30, max_alloc_size=1 << 30,
    fp64=True, unified_memory=False, architecture="sm_90",
)  # fmt: skip
ENTRY = Entry(
    kernel="made_up", family="gpu", dtype="float32", parameters={"TILE": 32, "PAD": 1}, driver="nvidia", device="NVIDIA H100",
    architecture="sm_90", vendor="NVIDIA Corporation", kind="gpu", version="3.0", clnd="0.1.0", date="2026-11-23",
    figure=2.0, default=1.0, unit="GB/s",
)  # fmt: skip
OF_RELATIVE = replace(ENTRY, device="NVIDIA H200", parameters={"TILE": 16, "PAD": 1})
OF_VENDOR = replace(ENTRY, device="NVIDIA T4", architecture="sm_75", parameters={"TILE": 16, "PAD": 0})
DEFAULT = {"TILE": 8, "PAD": 0}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """Empty folders in place of the user's and of what is shipped."""
    users, shipped = tmp_path / "users", tmp_path / "shipped"
    monkeypatch.setattr(tuning, "users_folder", lambda: users)
    monkeypatch.setattr(tuning, "SHIPPED", shipped)
    tuning.forget()
    yield users, shipped
    tuning.forget()


def found(info: DeviceInfo = INFO) -> dict[str, int]:
    return look_up(RECORD, float32, info)


def test_without_data_the_default(folders: tuple[Path, Path]) -> None:
    assert found() == DEFAULT


def test_from_near_to_far(folders: tuple[Path, Path]) -> None:
    """Device, architecture, vendor and type, default: the nearest that is there."""
    _, shipped = folders
    data.merge(shipped, [OF_VENDOR])
    assert found() == OF_VENDOR.parameters
    data.merge(shipped, [OF_RELATIVE])
    assert found() == OF_RELATIVE.parameters
    data.merge(shipped, [ENTRY])
    assert found() == ENTRY.parameters


def test_the_users_own_wins_at_the_same_distance(folders: tuple[Path, Path]) -> None:
    users, shipped = folders
    data.merge(shipped, [ENTRY])
    data.merge(users, [replace(ENTRY, parameters={"TILE": 8, "PAD": 1})])
    assert found() == {"TILE": 8, "PAD": 1}


def test_the_users_other_device_does_not_hide_what_is_shipped_for_this_one(folders: tuple[Path, Path]) -> None:
    users, shipped = folders
    data.merge(users, [OF_VENDOR])
    data.merge(shipped, [ENTRY])
    assert found() == ENTRY.parameters


@pytest.mark.parametrize(
    "change", [{"dtype": "float64"}, {"family": "cpu"}, {"driver": "rusticl"}, {"kernel": "other"}], ids=lambda c: next(iter(c))
)
def test_of_something_else(folders: tuple[Path, Path], change: dict[str, Any]) -> None:
    file = folders[1] / "made_up.json"
    data.export(file, [replace(ENTRY, **change)])
    tuning.forget()
    assert found() == DEFAULT


def test_another_type_of_device_of_the_vendor(folders: tuple[Path, Path]) -> None:
    data.merge(folders[1], [OF_VENDOR])
    assert found(replace(INFO, kind="cpu")) == DEFAULT


def test_no_architecture_is_nobodys(folders: tuple[Path, Path]) -> None:
    data.merge(folders[1], [replace(OF_RELATIVE, architecture="", vendor="other")])
    assert found(replace(INFO, architecture="")) == DEFAULT


def test_a_tunable_that_an_old_entry_lacks_has_its_default(folders: tuple[Path, Path]) -> None:
    data.merge(folders[1], [replace(ENTRY, parameters={"TILE": 16})])
    assert found() == {"TILE": 16, "PAD": 0}


def test_a_smaller_relative_takes_what_fits(folders: tuple[Path, Path]) -> None:
    """No warning: the entry is right for the device that it was measured on."""
    data.merge(folders[1], [ENTRY, OF_VENDOR])
    assert found(replace(INFO, name="NVIDIA small", max_work_group_size=256)) == OF_VENDOR.parameters


@pytest.mark.parametrize(
    ("parameters", "says"),
    [({"TILE": 32, "SPLIT": 2}, "SPLIT=2, which"), ({"TILE": 64, "PAD": 1}, "TILE=64, which")],
    ids=["name", "value"],
)
def test_unknown_names_and_values_are_told_of_once(
    folders: tuple[Path, Path], parameters: dict[str, int], says: str
) -> None:
    data.merge(folders[0], [replace(ENTRY, parameters=parameters)])
    data.merge(folders[1], [OF_VENDOR])
    with pytest.warns(ClndWarning, match=f"made_up.json.*NVIDIA H100.*{says}.*ignored"):
        assert found() == OF_VENDOR.parameters
    with warnings.catch_warnings(record=True) as again:
        found()
    assert not again


def test_what_does_not_fit_its_own_device(folders: tuple[Path, Path]) -> None:
    data.merge(folders[0], [ENTRY])
    with pytest.warns(ClndWarning, match=r"TILE=32, PAD=1, does not fit NVIDIA H100; it is ignored"):
        assert found(replace(INFO, max_work_group_size=64)) == DEFAULT


BROKEN = {
    "empty": "",
    "half": '{"entries": [',
    "list": "[]",
    "nothing": "{}",
    "text": '{"entries": "none"}',
    "number": '{"entries": [1]}',
    "lacks": json.dumps({"entries": [{"kernel": "made_up"}]}),
    "type": json.dumps({"entries": [asdict(ENTRY) | {"figure": "fast"}]}),
    "value": json.dumps({"entries": [asdict(ENTRY) | {"parameters": {"TILE": 16.0}}]}),
    "deep": "[" * 100_000,
    "bytes": "\udcff",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_and_ignored(folders: tuple[Path, Path], text: str) -> None:
    users, shipped = folders
    users.mkdir()
    (users / "made_up.json").write_bytes(text.encode(errors="surrogateescape"))
    data.merge(shipped, [ENTRY])
    with pytest.warns(ClndWarning, match=r"users/made_up.json is ignored: .*clnd tune made_up"):
        assert found() == ENTRY.parameters


def test_a_folder_in_place_of_a_file(folders: tuple[Path, Path]) -> None:
    (folders[0] / "made_up.json").mkdir(parents=True)
    with pytest.warns(ClndWarning, match="is ignored"):
        assert found() == DEFAULT


def test_new_results_replace_old_ones_of_the_same_subject(folders: tuple[Path, Path]) -> None:
    users, _ = folders
    data.merge(users, [ENTRY, replace(ENTRY, dtype="float64")])
    data.merge(users, [replace(ENTRY, parameters={"TILE": 8, "PAD": 1})])
    kept = tuning.parsed((users / "made_up.json").read_text())
    assert [(e.dtype, e.parameters["TILE"]) for e in kept] == [("float32", 8), ("float64", 32)]
    assert list(users.iterdir()) == [users / "made_up.json"]


def test_the_answer_is_kept_with_the_device_and_cannot_be_changed(folders: tuple[Path, Path]) -> None:
    device = object.__new__(OpenDevice)
    device.info, device.parameters = INFO, {}
    tuning.parameters(RECORD, float32, device)["TILE"] = 1
    assert tuning.parameters(RECORD, float32, device) == DEFAULT
    tuning.assign(RECORD, float32, device, {"TILE": 32, "PAD": 0})
    assert tuning.parameters(RECORD, float32, device) == {"TILE": 32, "PAD": 0}
    assert tuning.parameters(RECORD, float64, device) == DEFAULT
    assert tuning.parameters(RECORD, float32, device.without_kernels()) == DEFAULT


def test_what_is_shipped_is_of_this_library() -> None:
    """Every shipped entry belongs to a record, is in its file, and names values that the record has."""
    for file in sorted(tuning.SHIPPED.glob("*.json")):
        entries = tuning.parsed(file.read_text())
        assert entries
        for entry in entries:
            assert entry.kernel == file.stem
            record = WORKLOADS[entry.kernel].records[entry.family]
            assert entry.dtype in [d.name for d in WORKLOADS[entry.kernel].dtypes]
            assert all(v in record.tunables[k] for k, v in entry.parameters.items())
            assert entry.figure > entry.default


@pytest.mark.parametrize(
    ("processor", "name", "wanted"),
    [
        ({"vendor_id": "AuthenticAMD", "cpu family": "25", "model": "17"}, "", "AuthenticAMD family 25 model 17"),
        ({"CPU implementer": "0x41", "CPU part": "0xd40"}, "", "aarch64 implementer 0x41 part 0xd40"),
        ({}, "AMD64 Family 25 Model 17 Stepping 1, AuthenticAMD", "AuthenticAMD family 25 model 17"),
        ({}, "arm", ""),
    ],
    ids=["linux", "linux-arm", "windows", "mac"],
)
def test_architectures_of_hosts(processor: dict[str, str], name: str, wanted: str) -> None:
    assert of_host(processor, lambda: name, "aarch64") == wanted
