#include <carousel/nn/io/hdf5_types.h>
#include <hdf5.h>

#include <algorithm>

namespace carousel::io {

Hdf5Handle hdf5_type(DType dtype) {
  if (dtype == boolean) {
    Hdf5Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
    const signed char no = 0, yes = 1;
    H5Tenum_insert(type.id(), "FALSE", &no);
    H5Tenum_insert(type.id(), "TRUE", &yes);
    return type;
  }
  const hid_t base = dtype == f32   ? H5T_IEEE_F32LE
                     : dtype == f64 ? H5T_IEEE_F64LE
                     : dtype == i32 ? H5T_STD_I32LE
                                    : H5T_STD_I64LE;
  return {H5Tcopy(base), H5Tclose};
}

Hdf5Handle hdf5_text_type(std::size_t length) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), std::max<std::size_t>(length, 1));
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace carousel::io
