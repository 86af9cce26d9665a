// How our element types look in HDF5; for the .cpp files that speak to it.
#pragma once

#include <carousel/nn/io/hdf5_driver.h>
#include <carousel/tensor/dtype.h>

namespace carousel::io {

// The type of an element in the file; bool is the enumeration that h5py shows as bool.
Hdf5Handle hdf5_type(DType dtype);
// UTF-8 text of a fixed length, padded with zeros (HDF5 has no length 0: empty text takes a byte).
Hdf5Handle hdf5_text_type(std::size_t length);

}  // namespace carousel::io
