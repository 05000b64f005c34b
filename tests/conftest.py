"""Settings of hypothesis for all tests.

A kernel that is met for the first time is compiled, which takes as long as many examples do: there
is no deadline. In CI (the variable CI is set) the examples are the same in every run.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]

settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=_QUIET)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--golden: tests/unit/test_sources.py and test_golden_version.py rewrite their files."""
    parser.addoption("--golden", action="store_true", help="rewrite the committed hashes of kernel sources and of golden digests")
