"""The first thing to run on a new GPU: does it work, are the bits right, how fast is it?

    python -m tools.gpu_check --ctx "gpu(0)" --out DIR --minutes 8

It runs from a source tree (`PYTHONPATH`), needs what clnd needs and nothing else, and takes along what is installed: CuPy and
PyTorch to compare with, pytest for the device tests, Kernel Tuner to tune. Each step is a process of its own with a share of the time,
and writes its results into DIR as they come: a step that fails, crashes or runs out of time costs the others nothing.
`DIR/summary.md` says what came of it all, on a page to be committed under `bench/results/`.
"""
