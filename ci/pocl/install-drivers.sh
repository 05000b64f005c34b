#!/usr/bin/env bash
# Installs the OpenCL drivers that Debian and Ubuntu package, for tests beside those from PyPI:
# PoCL, Mesa's rusticl (on the CPU, through llvmpipe) and Oclgrind. Then the compilers of
# tools/offline_compile, where there are such: clang 19, its library, Intel's ocloc, and ptxas in the
# environment of PYTHON, if that is set. Without them the drivers are still of use, so that is no failure: what
# needs the compilers says which are missing. Runs as root or through sudo.
set -euo pipefail

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    as_root=(sudo)
fi

# `env`, because sudo drops the environment. What would take another package away fails.
installed() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-remove "$@"
}

"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update
installed pocl-opencl-icd mesa-opencl-icd oclgrind

# libclc-19 is unpacked, not installed: it conflicts with libclc-15, and apt would remove rusticl, which needs that.
libclc_unpacked() {
    local folder
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download libclc-19) &&
        "${as_root[@]}" mkdir -p /usr/local/lib/libclc-19 &&
        "${as_root[@]}" dpkg-deb --extract "$folder"/libclc-19_*.deb /usr/local/lib/libclc-19
    local status=$?
    rm -rf "$folder"
    return "$status"
}

# ocloc is unpacked with what it needs, not installed: its package is a driver, which every program would find. It is Debian 12's.
ocloc_unpacked() {
    local folder to=/usr/local/lib/ocloc package
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download intel-opencl-icd libigc1 libigdfcl1 libigdgmm12 libopencl-clang14 libllvm14 libllvmspirvlib14 libclang-cpp14) &&
        "${as_root[@]}" mkdir -p "$to" &&
        for package in "$folder"/*.deb; do "${as_root[@]}" dpkg-deb --extract "$package" "$to" || break; done &&
        dpkg-deb --field "$folder"/intel-opencl-icd_*.deb Version | "${as_root[@]}" tee "$to/version" >/dev/null
    local status=$?
    rm -rf "$folder"
    return "$status"
}

compilers() {
    # CUDA 13 has forgotten sm_70. The version is that of the table; `tools/offline_compile/compilers.py: PTXAS`.
    installed clang-19 && libclc_unpacked &&
        { [[ -z ${PYTHON:-} ]] || "$PYTHON" -m pip install --quiet --no-deps nvidia-cuda-nvcc-cu12==12.9.86; } &&
        ocloc_unpacked
}
compilers || echo "install-drivers.sh: the compilers of tools/offline_compile could not be installed" >&2
