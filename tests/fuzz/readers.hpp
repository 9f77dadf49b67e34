#pragma once

// Every C++ reader of bytes from outside, by name: what the fuzzers, their replay and the comparison of builds run.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "distillery/bytes.hpp"

namespace readers {

struct Reader {
  std::string_view name;
  std::vector<distillery::Bytes> (*examples)();  ///< whole files, of every kind that it reads
  /// Reads a file and writes what it read. Throws distillery::Error.
  distillery::Bytes (*read)(distillery::ByteView);
  /// What it may allocate, as a multiple of the file's size, beside 1 MB.
  double most;
};

std::span<const Reader> all();
/// Null where there is none of this name.
const Reader* find(std::string_view name);

struct Outcome {
  std::string code;          ///< "read", or the error's
  distillery::Bytes bytes;   ///< what was read, as it is written
};
/// Runs a reader on a file and holds it to its promises, natively under a sanitizer also to that about memory. Says which it
/// broke, in `broken`; empty: none. The environment's DISTILLERY_FUZZ_FAULT breaks one on purpose, to show that it would be
/// seen: overflow, leak, memory or round-trip where a file was read, or accept where it
/// was not.
Outcome run(const Reader& reader, distillery::ByteView file, std::string& broken);

/// The file with its checksum set to what it should be, as far as it looks like one of ours.
void reseal(distillery::Bytes& file);

}  // namespace readers
