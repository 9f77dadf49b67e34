#include "distillery/model_file.hpp"

#include <algorithm>
#include <utility>

namespace distillery {

namespace {

constexpr std::string_view what = "model";
constexpr std::string_view format_name = "distillery-model";
constexpr std::uint32_t newest_version = 1;
constexpr std::size_t crc_digits = 8;
constexpr std::uint64_t max_header = 100'000'000;  // the limit of the safetensors format
constexpr std::size_t max_entries = 4096;  // of the metadata, in any version: an entry takes more memory than its bytes

std::string hexadecimal(std::uint32_t value) {
  std::string digits(crc_digits, '0');
  for (std::size_t i = crc_digits; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

/// The checksum of a file with its own digits left out.
std::uint32_t checksum(ByteView file, std::size_t digits_at) noexcept {
  return crc32c(file.subspan(digits_at + crc_digits), crc32c(file.first(digits_at)));
}

// ---------------------------------------------------------------------------------------------------------- writing

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x20) {
      result += "\\u00";
      result += "0123456789abcdef"[code >> 4];
      result += "0123456789abcdef"[code & 15];
    } else {
      if (character == '"' || character == '\\') result += '\\';
      result += character;
    }
  }
  result += '"';
  return result;
}

/// How the header describes a tensor of values that lie from `offset` on. columns 0: it has one dimension.
std::string described(std::string_view name, std::size_t rows, std::size_t columns, std::uint64_t offset) {
  const std::uint64_t values = std::uint64_t{rows} * std::max<std::size_t>(columns, 1);
  return joined({",\"", name, "\":{\"dtype\":\"F32\",\"shape\":[", rows}) +
         (columns > 0 ? joined({",", columns}) : "") +
         joined({"],\"data_offsets\":[", offset, ",", offset + values * sizeof(float), "]}"});
}

struct Writer {
  std::string header = "{\"__metadata__\":{";
  ByteWriter data;

  void metadata(std::string_view key, std::string_view value) {
    if (header.back() != '{') header += ',';
    header += quoted(key) + ":" + quoted(value);
  }
  void tensor(std::string_view name, std::size_t rows, std::size_t columns, std::span<const float> values) {
    header += described(name, rows, columns, data.bytes().size());
    data.put_plain(values);
  }
};

Bytes save_unguarded(const Model& model) {
  const Architecture& architecture = model.network.architecture();
  const auto inputs = static_cast<std::size_t>(architecture.inputs);
  const auto classes = static_cast<std::size_t>(architecture.classes);
  if (model.scaling.mean.size() != inputs || model.scaling.scale.size() != inputs)
    fail(ErrorCode::shape_mismatch, {"The scaling has ", model.scaling.mean.size(), " and ",
         model.scaling.scale.size(), " entries; the network has ", inputs, " inputs."});
  if (model.class_names.size() != classes)
    fail(ErrorCode::shape_mismatch, {"There are ", model.class_names.size(), " class names; the network has ", classes,
         " classes."});
  validate_class_names(model.class_names);
  for (std::size_t i = 0; i < inputs; ++i) {
    if (!std::isfinite(model.scaling.mean[i]) || !std::isfinite(model.scaling.scale[i]) || model.scaling.scale[i] <= 0)
      fail(ErrorCode::invalid_data, {"The scaling of column ", i + 1, " is not usable."});
  }

  Writer writer;
  writer.metadata("format", format_name);
  writer.metadata("version", joined({newest_version}));
  writer.metadata("activation", "relu");
  writer.metadata("crc32c", "00000000");
  const std::size_t digits_at = sizeof(std::uint64_t) + writer.header.size() - 1 - crc_digits;
  for (std::size_t c = 0; c < classes; ++c) writer.metadata(joined({"class.", c}), model.class_names[c]);
  writer.header += '}';
  for (int layer = 0; layer < architecture.layers(); ++layer) {
    const auto in = static_cast<std::size_t>(architecture.fan_in(layer));
    const auto out = static_cast<std::size_t>(architecture.fan_out(layer));
    writer.tensor(joined({"layers.", layer, ".weight"}), out, in, model.network.weight(layer));
    writer.tensor(joined({"layers.", layer, ".bias"}), out, 0, model.network.bias(layer));
  }
  writer.tensor("scaling.mean", inputs, 0, model.scaling.mean);
  writer.tensor("scaling.scale", inputs, 0, model.scaling.scale);
  if (!architecture.dropout.empty()) writer.tensor("dropout", architecture.dropout.size(), 0, architecture.dropout);
  writer.header += '}';
  writer.header.append((8 - writer.header.size() % 8) % 8, ' ');  // tensors start on a multiple of 8
  if (writer.header.size() > max_header) fail(ErrorCode::invalid_data, "The class names are too long.");

  ByteWriter out;
  out.put(std::string_view(writer.header));
  out.put_plain(std::span(writer.data.bytes()));
  Bytes file = std::move(out).take();
  const std::string digits = hexadecimal(checksum(file, digits_at));
  std::memcpy(file.data() + digits_at, digits.data(), crc_digits);
  return file;
}

// ---------------------------------------------------------------------------------------------------------- reading

/// An entry of the metadata.
struct Entry {
  std::string key, value;
  std::size_t value_at, value_size;  ///< where the text of the value lies in the header, between its quotes
};

/// Reads the header of a model, token by token. There is no nesting beyond what is asked for, so there is no recursion.
class Scanner {
 public:
  Scanner(std::string_view text, const ByteReader& reader) noexcept : text_(text), reader_(reader) {}

  std::size_t at() const noexcept { return at_; }
  bool ended() const noexcept { return at_ == text_.size(); }
  bool accept(std::string_view token) noexcept {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail(joined({"its header is not what it should be from byte ", at_ + 1, " on"}));
  }

  /// A whole number from 1 to `most` in its one decimal form.
  std::uint32_t number(std::uint32_t most) {
    std::uint32_t value = 0;
    for (; !ended() && text_[at_] >= (value > 0 ? '0' : '1') && text_[at_] <= '9' && value <= most; ++at_)
      value = value * 10 + static_cast<std::uint32_t>(text_[at_] - '0');
    if (value < 1 || value > most) fail(joined({"a number in its header is not between 1 and ", most}));
    return value;
  }

  /// Expects the description of this tensor, to the letter as we write it; fills in its dimensions and moves `offset`
  /// behind it.
  void tensor(std::string_view name, std::span<std::size_t> dimensions, std::uint64_t& offset) {
    constexpr std::uint32_t max_width = 65536;
    Scanner shape = *this;
    shape.expect(joined({",\"", name, "\":{\"dtype\":\"F32\",\"shape\":["}));
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      if (i > 0) shape.expect(",");
      dimensions[i] = shape.number(max_width);
    }
    expect(described(name, dimensions[0], dimensions.size() > 1 ? dimensions[1] : 0, offset));
    std::uint64_t size = sizeof(float);
    for (const std::size_t extent : dimensions) size *= extent;
    offset += size;
  }

  std::uint32_t four_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_ < text_.size() ? text_[at_++] : '\0';
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) fail("a text in its header has a broken escape");
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  void append_code_point(std::string& text) {
    std::uint32_t code = four_digits();
    if (code >= 0xD800 && code < 0xE000) {  // half of a surrogate pair
      if (code >= 0xDC00 || !accept("\\u")) fail("a text in its header has a broken escape");
      const std::uint32_t low = four_digits();
      if (low < 0xDC00 || low >= 0xE000) fail("a text in its header has a broken escape");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    }
  }

  std::string string() {
    expect("\"");
    std::string result;
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    result.reserve(std::min(end, text_.size()) - at_);  // one that grows takes three times its size
    while (true) {
      if (ended()) fail("a text in its header does not end");
      const char character = text_[at_++];
      if (character == '"') break;
      if (static_cast<unsigned char>(character) < 0x20) fail("a text in its header holds a control character");
      if (character != '\\') {
        result += character;
        continue;
      }
      const char escape = at_ < text_.size() ? text_[at_++] : '\0';
      switch (escape) {
        case '"':
        case '\\':
        case '/': result += escape; break;
        case 'b': result += '\b'; break;
        case 'f': result += '\f'; break;
        case 'n': result += '\n'; break;
        case 'r': result += '\r'; break;
        case 't': result += '\t'; break;
        case 'u': append_code_point(result); break;
        default: fail("a text in its header has a broken escape");
      }
    }
    if (!is_utf8(result)) fail("a text in its header is not valid UTF-8");
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const { reader_.fail(why); }

  std::string_view text_;
  const ByteReader& reader_;
  std::size_t at_ = 0;
};

Model load_unguarded(ByteView file) {
  ByteReader reader(file, what);
  const auto header_size = reader.get<std::uint64_t>();
  if (header_size > max_header || header_size > reader.left()) reader.fail("its header would be longer than the file");
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + sizeof header_size,
                              static_cast<std::size_t>(header_size));
  Scanner header(text, reader);

  // Is it ours, whole, and not newer than we are? In this order, since only a file of ours has a checksum, and only a
  // whole one has a version to trust. These three keys keep their meaning in all versions.
  constexpr std::string_view not_ours = "it is not a Distillery one";
  if (!header.accept("{\"__metadata__\":{")) reader.fail(not_ours);
  std::vector<Entry> metadata;
  if (!header.accept("}")) {
    do {
      if (metadata.size() == max_entries) reader.fail("its metadata has too many entries");
      Entry entry{header.string(), {}, 0, 0};
      header.expect(":");
      entry.value_at = header.at() + 1;
      entry.value = header.string();
      entry.value_size = header.at() - 1 - entry.value_at;
      metadata.push_back(std::move(entry));
    } while (header.accept(","));
    header.expect("}");
  }
  const auto find = [&](std::string_view key) -> const Entry& {
    for (const Entry& entry : metadata)
      if (entry.key == key) return entry;
    reader.fail(not_ours);
  };
  if (find("format").value != format_name) reader.fail(not_ours);
  const Entry& crc = find("crc32c");
  if (crc.value_size != crc_digits ||
      (checksums_count && crc.value != hexadecimal(checksum(file, sizeof header_size + crc.value_at))))
    reader.fail("its checksum does not fit");
  Scanner version(find("version").value, reader);
  const std::uint32_t number = version.number(1'000'000);
  if (!version.ended()) reader.fail("its version is broken");
  if (number > newest_version)
    fail(ErrorCode::unsupported_version, {"This model has version ", number, "; this Distillery reads up to ",
         newest_version, ". Use a newer one."});

  // Version 1: exactly the metadata that we write.
  std::vector<std::string> class_names;
  for (Entry& entry : metadata) {
    constexpr std::string_view keys[] = {"format", "version", "activation", "crc32c"};
    const auto index = static_cast<std::size_t>(&entry - metadata.data());
    if (entry.key != (index < 4 ? std::string(keys[index]) : joined({"class.", index - 4})) ||
        (index == 2 && entry.value != "relu"))
      reader.fail(joined({"its metadata has no place for ", entry.key, ": ", entry.value}));
    if (index >= 4) class_names.push_back(std::move(entry.value));
  }

  // And exactly the tensors, without gaps, up to the last byte. So the shapes are backed by bytes that exist before
  // anything is allocated for them.
  Architecture architecture;
  std::uint64_t offset = 0;
  std::size_t shape[2], length[1];
  for (int layer = 0; layer == 0 || !text.substr(header.at()).starts_with(",\"s"); ++layer) {
    if (layer > 0) architecture.hidden.push_back(architecture.classes);
    header.tensor(joined({"layers.", layer, ".weight"}), shape, offset);
    if (layer == 0) architecture.inputs = static_cast<int>(shape[1]);
    else if (static_cast<int>(shape[1]) != architecture.classes) reader.fail("its layers do not fit each other");
    architecture.classes = static_cast<int>(shape[0]);
    header.tensor(joined({"layers.", layer, ".bias"}), length, offset);
    if (length[0] != shape[0]) reader.fail("a bias does not fit its weight");
  }
  const std::size_t data_at = sizeof header_size + text.size();
  const std::size_t parameters = static_cast<std::size_t>(offset) / sizeof(float);
  const auto inputs = static_cast<std::size_t>(architecture.inputs);
  for (const char* name : {"scaling.mean", "scaling.scale"}) {
    header.tensor(name, length, offset);
    if (length[0] != inputs) reader.fail("its scaling does not fit its inputs");
  }
  std::size_t dropouts = 0;
  if (!header.accept("}")) {
    header.tensor("dropout", length, offset);
    dropouts = length[0];
    header.expect("}");
  }
  while (header.accept(" ")) {}
  if (!header.ended()) reader.fail("its header goes on after its end");
  if (data_at + offset != file.size()) reader.fail("it has not the length that its header says");
  if (class_names.size() != static_cast<std::size_t>(architecture.classes))
    reader.fail("its class names do not fit its classes");

  std::size_t at = data_at;
  const auto values = [&](std::size_t count) {
    std::vector<float> result(count);
    std::memcpy(result.data(), file.data() + at, count * sizeof(float));
    at += count * sizeof(float);
    for (const float value : result) {
      if (!std::isfinite(value)) reader.fail("a value is not a finite number");
    }
    return result;
  };
  std::vector<float> weights = values(parameters);
  Standardisation scaling{values(inputs), values(inputs)};
  for (const float scale : scaling.scale) {
    if (scale <= 0.0f) reader.fail("a scale is not above 0");
  }
  if (dropouts > 0) architecture.dropout = values(dropouts);
  try {
    architecture.validate();
    validate_class_names(class_names);
    return {Mlp(std::move(architecture), std::move(weights)), std::move(scaling), std::move(class_names)};
  } catch (const Error& error) {
    reader.fail(error.what());
  }
}

}  // namespace

Bytes save_model(const Model& model) {
  return guarded([&] { return save_unguarded(model); });
}

Model load_model(ByteView file) {
  return guarded([&] { return load_unguarded(file); });
}

}  // namespace distillery
