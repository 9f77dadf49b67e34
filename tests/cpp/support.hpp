#pragma once

// Small helpers that several tests share. Nothing here uses the library's own random numbers or functions, so that a
// defect of those cannot hide itself, and nothing uses libm, so that every machine tests the same numbers.

#include <catch2/catch_tostring.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "distillery/bytes.hpp"
#include "distillery/error.hpp"
#include "distillery/matrix.hpp"
#include "numbers.hpp"

namespace support {

/// The code of the distillery::Error that the call throws; nothing if it returns. Other exceptions pass through.
template <class Call>
std::optional<distillery::ErrorCode> code_of(Call&& call) {
  try {
    call();
    return std::nullopt;
  } catch (const distillery::Error& error) {
    return error.code();
  }
}
/// Its message; empty if it returns.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const distillery::Error& error) {
    return error.what();
  }
  return {};
}

/// Where two spans first differ in bits, in words; empty if they are equal.
inline std::string first_difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return "sizes " + std::to_string(a.size()) + " and " + std::to_string(b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]))
      return "element " + std::to_string(i) + ": " + std::to_string(a[i]) + " and " + std::to_string(b[i]);
  return "";
}

inline std::span<const float> values(const distillery::Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

inline std::uint32_t fingerprint(std::span<const float> floats) { return distillery::crc32c(std::as_bytes(floats)); }

/// Rows of two or more classes that a straight line separates: class c lies around a corner of its own.
struct Toy {
  distillery::Matrix features;
  std::vector<std::int32_t> labels;
  distillery::Matrix soft_targets;  ///< 0.7 for the label, the rest shared: rows sum to 1
};
inline Toy make_toy(int rows, int inputs, int classes, std::uint64_t seed, float spread = 0.25f) {
  Numbers numbers(seed);
  Toy toy{distillery::Matrix(rows, inputs), {}, distillery::Matrix(rows, classes)};
  for (int r = 0; r < rows; ++r) {
    const int label = r % classes;
    toy.labels.push_back(label);
    for (int i = 0; i < inputs; ++i)
      toy.features(r, i) = (i % classes == label ? 1.5f : -0.5f) + spread * numbers.signed_unit();
    for (int c = 0; c < classes; ++c)
      toy.soft_targets(r, c) = c == label ? 0.7f : 0.3f / static_cast<float>(classes - 1);
  }
  return toy;
}

/// A payload as a file of ours.
inline distillery::Bytes seal(std::string_view magic, std::uint32_t version, distillery::ByteView payload) {
  distillery::ByteWriter writer(magic, version);
  writer.put_plain(payload);
  return std::move(writer).seal();
}

}  // namespace support

template <>
struct Catch::StringMaker<std::optional<distillery::ErrorCode>> {
  static std::string convert(const std::optional<distillery::ErrorCode>& code) {
    return code ? std::string(distillery::error_name(*code)) : "no error";
  }
};
