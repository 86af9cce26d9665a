# The OpenCL backend: built where OpenCL and CLBlast are found and CAROUSEL_OPENCL is ON.
