#include "distillery/bytes.hpp"

#include <array>

namespace distillery {

namespace {

/// For half a byte: a table for a whole one would be half as slow, and a fiftieth of the download.
constexpr auto crc_table = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < 16; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 4; ++bit) value = value & 1 ? value >> 1 ^ 0x82F63B78u : value >> 1;
    table[i] = value;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t continued_from) noexcept {
  std::uint32_t crc = ~continued_from;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    crc = crc >> 4 ^ crc_table[crc & 15];
    crc = crc >> 4 ^ crc_table[crc & 15];
  }
  return ~crc;
}

void ByteReader::fail(std::string_view why) const {
  distillery::fail(ErrorCode::corrupt_file, {"This ", what_, " cannot be read: ", why,
       ". It was cut short, altered, or is another kind of file."});
}

Opened unseal(std::string_view magic, std::uint32_t newest, ByteView file, std::string_view what) {
  ByteReader reader(file, what);
  const std::size_t frame = magic.size() + 2 * sizeof(std::uint32_t);
  if (file.size() < frame) reader.fail("it ends too early");
  if (std::memcmp(file.data(), magic.data(), magic.size()) != 0) reader.fail("it does not start as one");
  std::uint32_t version = 0, crc = 0;
  std::memcpy(&version, file.data() + magic.size(), sizeof version);
  std::memcpy(&crc, file.data() + file.size() - sizeof crc, sizeof crc);
  if (checksums_count && crc != crc32c(file.first(file.size() - sizeof crc))) reader.fail("its checksum does not fit");
  if (version == 0) reader.fail("version 0 never existed");
  if (version > newest)
    fail(ErrorCode::unsupported_version, {"This ", what, " has version ", version, "; this Distillery reads up to ",
         newest, ". Use a newer one."});
  return {version, file.subspan(magic.size() + sizeof version, file.size() - frame)};
}

}  // namespace distillery
