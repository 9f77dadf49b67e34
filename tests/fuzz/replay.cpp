// Runs the readers on files and on what is made of them, in any build:
//   replay READER examples FOLDER             writes a whole file of each kind
//   replay READER files FILE…                 runs it on these
//   replay READER mutants SEED FIRST COUNT FILE…
//                                             runs it on mutants of these files, numbered; prints how many there were of each
//                                             outcome, and a CRC-32C over all outcomes: builds can be compared by it
//   replay READER mutant SEED NUMBER OUT FILE…   writes one
//   replay READER cuts|flips FILE             runs it on the file cut at every byte, or flipped at every bit; all must be refused
// Ends with 1 where a reader broke a promise, and says how.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "../cpp/numbers.hpp"
#include "readers.hpp"

namespace {

using distillery::Bytes;
using distillery::ByteView;

int findings = 0;

Bytes contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    std::exit(2);
  }
  const std::vector<char> file{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}
void write(const std::string& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

readers::Outcome run(const readers::Reader& reader, ByteView file, const std::string& what) {
  std::string broken;
  auto outcome = readers::run(reader, file, broken);
  if (!broken.empty()) {
    ++findings;
    std::printf("finding %s: %s\n", what.c_str(), broken.c_str());
  }
  return outcome;
}

/// A mutant, a pure function of the number: some bytes changed, cut out, doubled, or taken from another file, mostly with a
/// checksum that fits.
Bytes mutant(const std::vector<Bytes>& files, std::uint64_t seed, std::uint64_t number) {
  support::Numbers random(seed * 0x9E3779B97F4A7C15u + number);
  Bytes file = files[random.below(files.size())];
  static constexpr std::uint8_t telling[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '\\', ',', '}', 'u'};
  for (std::size_t change = 1 + random.below(4); change > 0 && !file.empty(); --change) {
    const std::size_t at = random.below(file.size()), length = 1 + random.below(std::min<std::size_t>(16, file.size() - at));
    const auto from = file.begin() + static_cast<std::ptrdiff_t>(at), to = from + static_cast<std::ptrdiff_t>(length);
    switch (random.below(7)) {
      case 0: file[at] ^= static_cast<std::byte>(1 << random.below(8)); break;
      case 1: file[at] = static_cast<std::byte>(random.bits()); break;
      case 2: file[at] = static_cast<std::byte>(telling[random.below(std::size(telling))]); break;
      case 3: file.erase(from, to); break;
      case 4: {
        const Bytes copy(from, to);
        file.insert(from, copy.begin(), copy.end());
        break;
      }
      case 5: {
        const Bytes& other = files[random.below(files.size())];
        for (std::size_t i = 0; i < length && at + i < other.size(); ++i) file[at + i] = other[at + i];
        break;
      }
      default: {
        const std::uint32_t value = random.below(2) ? static_cast<std::uint32_t>(random.below(64)) : 0u - static_cast<std::uint32_t>(random.below(64));
        if (at + sizeof value <= file.size()) std::memcpy(file.data() + at, &value, sizeof value);
      }
    }
  }
  if (random.below(8) > 0) readers::reseal(file);
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto* const reader = arguments.size() < 3 ? nullptr : readers::find(arguments[0]);
  if (!reader) {
    std::fputs("usage: replay READER examples|files|mutants|mutant|cuts|flips …; see the top of tests/fuzz/replay.cpp\n", stderr);
    return 2;
  }
  const std::string& what = arguments[1];
  std::map<std::string, std::uint64_t> outcomes;
  const auto files_from = [&](std::size_t first) {
    std::vector<Bytes> files;
    for (std::size_t i = first; i < arguments.size(); ++i) files.push_back(contents(arguments[i]));
    return files;
  };
  const auto number = [&](std::size_t at) { return std::strtoull(arguments.at(at).c_str(), nullptr, 10); };

  if (what == "examples") {
    const auto files = reader->examples();
    for (std::size_t i = 0; i < files.size(); ++i) write(arguments[2] + "/example-" + std::to_string(i), files[i]);
    return 0;
  }
  if (what == "mutant") {
    write(arguments.at(4), mutant(files_from(5), number(2), number(3)));
    return 0;
  }
  if (what == "files") {
    for (std::size_t i = 2; i < arguments.size(); ++i) ++outcomes[run(*reader, contents(arguments[i]), arguments[i]).code];
  } else if (what == "mutants") {
    const auto files = files_from(5);
    const std::uint64_t seed = number(2), first = number(3), count = number(4);
    std::uint32_t crc = 0;
    for (std::uint64_t i = first; i < first + count; ++i) {
      const auto outcome = run(*reader, mutant(files, seed, i), "mutant " + std::to_string(i));
      ++outcomes[outcome.code];
      crc = distillery::crc32c(std::as_bytes(std::span(outcome.code)), crc);
      crc = distillery::crc32c(outcome.bytes, crc);
    }
    std::printf("crc %08x\n", static_cast<unsigned>(crc));
  } else {
    const Bytes file = contents(arguments[2]);
    const bool flips = what == "flips";
    for (std::size_t i = 0; i < file.size() * (flips ? 8 : 1); ++i) {
      Bytes altered(file.begin(), flips ? file.end() : file.begin() + static_cast<std::ptrdiff_t>(i));
      if (flips) altered[i / 8] ^= static_cast<std::byte>(1 << i % 8);
      const std::string code = run(*reader, altered, what + " " + std::to_string(i)).code;
      ++outcomes[code];
      if (code != "read") continue;
      ++findings;
      std::printf("finding %s %zu: it was read\n", what.c_str(), i);
    }
  }
  for (const auto& [code, count] : outcomes) std::printf("%s %llu\n", code.c_str(), static_cast<unsigned long long>(count));
  return findings > 0;
}
