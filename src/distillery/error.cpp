#include "distillery/error.hpp"

#include <new>

namespace distillery {

void rethrow_as_error() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_memory,
                "Out of memory: free other models or data, or use fewer rows, teachers or parameters.");
  } catch (const std::length_error&) {
    throw Error(ErrorCode::out_of_memory, "A buffer of this size cannot exist on this machine: use fewer rows.");
  }
}

std::string_view error_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::shape_mismatch: return "shape_mismatch";
    case ErrorCode::invalid_option: return "invalid_option";
    case ErrorCode::invalid_data: return "invalid_data";
    case ErrorCode::corrupt_file: return "corrupt_file";
    case ErrorCode::unsupported_version: return "unsupported_version";
    case ErrorCode::diverged: return "diverged";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::wrong_state: return "wrong_state";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

}  // namespace distillery
