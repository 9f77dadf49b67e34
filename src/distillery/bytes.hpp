#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "distillery/error.hpp"

namespace distillery {

static_assert(std::endian::native == std::endian::little, "files are little-endian and written as they lie in memory");

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// CRC-32C (Castagnoli), as in RFC 3720, appendix B.4.
std::uint32_t crc32c(ByteView bytes, std::uint32_t continued_from = 0) noexcept;

/// Whether readers insist on checksums. Only fuzzers, which cannot guess one, are built without (preset `fuzz`; the macro
/// is libFuzzer's convention).
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
inline constexpr bool checksums_count = false;
#else
inline constexpr bool checksums_count = true;
#endif

template <class T>
concept Plain = std::integral<T> || std::floating_point<T> || std::same_as<T, std::byte>;

/// Appends little-endian values to a growing buffer.
class ByteWriter {
 public:
  ByteWriter() = default;
  /// A file of ours: 4 bytes of magic, version (u32), what is put, and the CRC-32C (u32) over all before it, which `seal` adds.
  ByteWriter(std::string_view magic, std::uint32_t version) {
    put_plain(std::span(magic));
    put(version);
  }
  Bytes seal() && {
    put(crc32c(bytes_));
    return std::move(bytes_);
  }

  template <Plain T>
  void put(T value) {
    append(&value, sizeof value);
  }
  /// A count of 8 bytes, then the values.
  template <Plain T>
  void put(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    put_plain(values);
  }
  /// The values alone.
  template <Plain T>
  void put_plain(std::span<const T> values) {
    append(values.data(), values.size_bytes());
  }
  template <Plain T>
  void put(const std::vector<T>& values) {
    put(std::span<const T>(values));
  }
  void put(std::string_view text) { put(std::span<const char>(text.data(), text.size())); }

  /// Room for what is to come: a buffer that grows needs twice its size for a moment.
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }
  Bytes take() && { return std::move(bytes_); }
  const Bytes& bytes() const noexcept { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }
  Bytes bytes_;
};

/// Reads what a ByteWriter wrote. Every length is checked against what is left before anything is allocated.
class ByteReader {
 public:
  /// `what` names the file in error messages: "checkpoint".
  ByteReader(ByteView bytes, std::string_view what) noexcept : bytes_(bytes), what_(what) {}

  template <Plain T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  template <Plain T>
  std::vector<T> get_vector() {
    const auto count = get<std::uint64_t>();
    if (count > left() / sizeof(T)) fail("a length exceeds the file");
    std::vector<T> values(static_cast<std::size_t>(count));
    if (count > 0) std::memcpy(values.data(), take(values.size() * sizeof(T)), values.size() * sizeof(T));
    return values;
  }
  /// As many values as there is room for, for which the count must be the same.
  template <Plain T>
  void get_into(std::span<T> values) {
    if (get<std::uint64_t>() != values.size()) fail("it has the wrong length");
    if (!values.empty()) std::memcpy(values.data(), take(values.size_bytes()), values.size_bytes());
  }
  std::string get_string() {
    const auto characters = get_vector<char>();
    return {characters.begin(), characters.end()};
  }

  std::size_t left() const noexcept { return bytes_.size() - at_; }
  /// Call at the end: nothing may be left over.
  void finish() const {
    if (left() != 0) fail("bytes are left over");
  }
  [[noreturn]] void fail(std::string_view why) const;

 private:
  const std::byte* take(std::size_t size) {
    if (size > left()) fail("it ends too early");
    const std::byte* at = bytes_.data() + at_;
    at_ += size;
    return at;
  }
  ByteView bytes_;
  std::string_view what_;
  std::size_t at_ = 0;
};

/// Checks magic, version and checksum of what ByteWriter sealed and returns the payload, a view into `file`.
/// Throws corrupt_file, or unsupported_version where the version is above `newest`.
struct Opened {
  std::uint32_t version;
  ByteView payload;
};
Opened unseal(std::string_view magic, std::uint32_t newest, ByteView file, std::string_view what);

}  // namespace distillery
