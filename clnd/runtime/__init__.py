"""All that touches OpenCL: drivers, devices, memory, programs, launches. Only it uses pyopencl."""

from clnd.runtime import drivers

# Here, so that it is done before a module of this package imports pyopencl: it reads some of these
# variables when it loads.
drivers.set_defaults()
