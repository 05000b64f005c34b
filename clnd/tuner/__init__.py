"""Finds the parameters that each kernel runs fastest with on a device: ``python -m clnd tune``.

What is tuned stands in the kernels' records (`clnd.kernels.kernel.Kernel`), how a kernel is run for
that in `workloads`. `command` is what the command line calls; it makes a `session` for each kernel
and dtype, which asks `search` for candidates, has a `worker` process measure them (`child` is its
other end), keeps each result in `trials`, and gives what won to `data`. `report` shows it.
"""
