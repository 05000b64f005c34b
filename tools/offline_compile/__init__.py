"""Compiles the kernels for GPUs without a GPU: by clang for AMD's, by clang and NVIDIA's own ptxas for NVIDIA's, by ocloc for Intel's.

    python -m tools.offline_compile              compile the main kernels, and compare them with the committed table
    python -m tools.offline_compile --write      make that table anew; reasons are kept
    python -m tools.offline_compile --all        compile every kernel with every dtype; no table
    python -m tools.offline_compile gemm         only lines with this in their name

A kernel fails that a compiler refuses, that has more spills or scratch than the table says, or that has some without a reason there.
What the columns mean is said by `tools/offline_compile/compilers.py: Figures`.
"""
