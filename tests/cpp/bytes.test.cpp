#include "distillery/bytes.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::seal;

namespace {

ByteView bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace

TEST_CASE("CRC-32C gives the known answers") {
  CHECK(crc32c(bytes_of("123456789")) == 0xe3069283);
  CHECK(crc32c({}) == 0);
  const Bytes zeros(32), ones(32, std::byte{0xff});  // RFC 3720, appendix B.4
  CHECK(crc32c(zeros) == 0x8a9136aa);
  CHECK(crc32c(ones) == 0x62a8ab43);
}

TEST_CASE("A checksum can be continued over pieces") {
  const std::string_view text = "the quick brown fox";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    CHECK(crc32c(bytes_of(text.substr(cut)), crc32c(bytes_of(text.substr(0, cut)))) == crc32c(bytes_of(text)));
}

TEST_CASE("What a writer wrote, a reader reads") {
  ByteWriter writer;
  writer.put(std::uint8_t{7});
  writer.put(-1.5);
  writer.put(std::vector<float>{1.0f, 2.0f});
  writer.put(std::string_view("näme"));
  writer.put(std::vector<std::int32_t>{});
  const Bytes bytes = writer.bytes();
  ByteReader reader(bytes, "note");
  CHECK(reader.get<std::uint8_t>() == 7);
  CHECK(reader.get<double>() == -1.5);
  CHECK(reader.get_vector<float>() == std::vector<float>{1.0f, 2.0f});
  CHECK(reader.get_string() == "näme");
  CHECK(reader.get_vector<std::int32_t>().empty());
  CHECK_NOTHROW(reader.finish());
  CHECK(code_of([&] { reader.get<std::uint8_t>(); }) == ErrorCode::corrupt_file);
}

TEST_CASE("A reader refuses lengths beyond its end and bytes left over") {
  const std::uint64_t one = 1;
  for (const std::uint64_t length : {3 * one, one << 32, one << 62, ~std::uint64_t{0}}) {
    ByteWriter writer;
    writer.put(length);
    writer.put(std::uint64_t{0});  // enough for two floats
    ByteReader reader(writer.bytes(), "note");
    CHECK(code_of([&] { reader.get_vector<float>(); }) == ErrorCode::corrupt_file);
  }
  const Bytes rest(1);
  CHECK(code_of([&] { ByteReader(rest, "note").finish(); }) == ErrorCode::corrupt_file);
}

TEST_CASE("A sealed file opens again, and only as what it is") {
  const Bytes file = seal("TEST", 3, bytes_of("payload"));
  const Opened opened = unseal("TEST", 3, file, "note");
  CHECK(opened.version == 3);
  CHECK(std::string(reinterpret_cast<const char*>(opened.payload.data()), opened.payload.size()) == "payload");
  CHECK(code_of([&] { unseal("ELSE", 3, file, "note"); }) == ErrorCode::corrupt_file);
  CHECK(code_of([&] { unseal("TEST", 2, file, "note"); }) == ErrorCode::unsupported_version);
  CHECK(code_of([&] { unseal("TEST", 3, seal("TEST", 0, {}), "note"); }) == ErrorCode::corrupt_file);
  CHECK(unseal("TEST", 3, seal("TEST", 1, {}), "note").payload.empty());
}

TEST_CASE("Every truncation and every flipped bit of a sealed file is refused") {
  Bytes file = seal("TEST", 1, bytes_of("some payload of a file"));
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK(code_of([&] { unseal("TEST", 1, ByteView(file).first(size), "note"); }) == ErrorCode::corrupt_file);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1 << bit % 8);
    file[bit / 8] ^= mask;
    CHECK(code_of([&] { unseal("TEST", 1, file, "note"); }) == ErrorCode::corrupt_file);
    file[bit / 8] ^= mask;
  }
  CHECK_NOTHROW(unseal("TEST", 1, file, "note"));
}
