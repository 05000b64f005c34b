#!/usr/bin/env bash
# Installs the OpenCL drivers that Debian and Ubuntu package, for tests beside those from PyPI:
# PoCL, Mesa's rusticl (on the CPU, through llvmpipe) and Oclgrind. Runs as root or through sudo.
set -euo pipefail

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    as_root=(sudo)
fi

# `env`, because sudo drops the environment.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    pocl-opencl-icd mesa-opencl-icd oclgrind
