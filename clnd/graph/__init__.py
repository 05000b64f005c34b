"""Laziness: nodes, the operations that make them, fusion, and running. Never calls OpenCL itself."""
