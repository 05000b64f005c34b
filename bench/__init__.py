"""Timings of clnd beside those of other libraries, taken in turn in one run: ``python -m bench``."""

# Before any module that imports pyopencl: clnd prepares what OpenCL's loader reads when it is loaded.
import clnd  # noqa: F401
