#pragma once

#include <string>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/dataset.hpp"
#include "distillery/mlp.hpp"

namespace distillery {

/// What a user takes away: the network, the scaling of its raw inputs, and the names of its classes.
struct Model {
  Mlp network;
  Standardisation scaling;               ///< one entry per input
  std::vector<std::string> class_names;  ///< one per class
};

/// The model as a safetensors file: tensors "layers.N.weight" [out, in], "layers.N.bias" [out], "scaling.mean" and
/// "scaling.scale" [in], and "dropout" [up to hidden layers] where the architecture names any, all F32, in this order;
/// `__metadata__` holds format ("distillery-model"), version ("1"), activation ("relu"), "crc32c": eight hexadecimal
/// digits over the whole file with those digits themselves left out, and the class names as "class.0", "class.1", …
/// The same model gives the same bytes. Throws shape_mismatch, or invalid_data (class names that are not different and
/// valid UTF-8, scaling that is not finite and above 0).
Bytes save_model(const Model& model);

/// Reads what `save_model` wrote, now or in any earlier version. Takes only our own files (other people's safetensors
/// enter by an import). Throws corrupt_file or unsupported_version; lengths are checked before anything is allocated,
/// every byte is accounted for, and no value may be NaN or infinite.
Model load_model(ByteView file);

}  // namespace distillery
