// libFuzzer's entry: the environment's DISTILLERY_READER names the reader.
#include <cstdio>
#include <cstdlib>

#include "readers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const readers::Reader* const reader = [] {
    const char* const name = std::getenv("DISTILLERY_READER");
    const auto* const found = readers::find(name ? name : "");
    if (found) return found;
    std::fputs("DISTILLERY_READER names no reader\n", stderr);
    std::exit(2);
  }();
  std::string broken;
  readers::run(*reader, std::as_bytes(std::span(data, size)), broken);
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(reader->name.size()), reader->name.data(), broken.c_str());
  std::abort();
}
