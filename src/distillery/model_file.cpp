#include "distillery/model_file.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace distillery {

namespace {

constexpr std::string_view what = "model";
constexpr std::string_view format_name = "distillery-model";
constexpr std::uint32_t newest_version = 1;
constexpr std::size_t crc_digits = 8;
constexpr std::uint64_t max_header = 100'000'000;  // the limit of the safetensors format

std::string hexadecimal(std::uint32_t value) {
  std::string digits(crc_digits, '0');
  for (std::size_t i = crc_digits; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

std::string layer_name(std::size_t layer, std::string_view part) {
  return "layers." + std::to_string(layer) + "." + std::string(part);
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

struct Writer {
  std::string header = "{\"__metadata__\":{";
  std::vector<std::span<const float>> tensors;
  std::uint64_t offset = 0;

  void metadata(std::string_view key, std::string_view value) {
    if (header.back() != '{') header += ',';
    header += quoted(key) + ":" + quoted(value);
  }
  void tensor(std::string_view name, std::initializer_list<std::size_t> shape, std::span<const float> values) {
    header += "," + quoted(name) + ":{\"dtype\":\"F32\",\"shape\":[";
    for (const std::size_t extent : shape) header += (header.back() == '[' ? "" : ",") + std::to_string(extent);
    header += "],\"data_offsets\":[" + std::to_string(offset) + ",";
    offset += values.size_bytes();
    header += std::to_string(offset) + "]}";
    tensors.push_back(values);
  }
};

Bytes save_unguarded(const Model& model) {
  const Architecture& architecture = model.network.architecture();
  const auto inputs = static_cast<std::size_t>(architecture.inputs);
  const auto classes = static_cast<std::size_t>(architecture.classes);
  if (model.scaling.mean.size() != inputs || model.scaling.scale.size() != inputs)
    throw Error(ErrorCode::shape_mismatch, "The scaling has " + std::to_string(model.scaling.mean.size()) + " and " +
                                               std::to_string(model.scaling.scale.size()) + " entries; the network " +
                                               "has " + std::to_string(inputs) + " inputs.");
  if (model.class_names.size() != classes)
    throw Error(ErrorCode::shape_mismatch, "There are " + std::to_string(model.class_names.size()) +
                                               " class names; the network has " + std::to_string(classes) +
                                               " classes.");
  validate_class_names(model.class_names);
  for (std::size_t i = 0; i < inputs; ++i) {
    if (!std::isfinite(model.scaling.mean[i]) || !std::isfinite(model.scaling.scale[i]) || model.scaling.scale[i] <= 0)
      throw Error(ErrorCode::invalid_data, "The scaling of column " + std::to_string(i + 1) + " is not usable.");
  }

  Writer writer;
  writer.metadata("format", format_name);
  writer.metadata("version", std::to_string(newest_version));
  writer.metadata("activation", "relu");
  writer.metadata("crc32c", "00000000");
  const std::size_t digits_at = sizeof(std::uint64_t) + writer.header.size() - 1 - crc_digits;
  for (std::size_t c = 0; c < classes; ++c) writer.metadata("class." + std::to_string(c), model.class_names[c]);
  writer.header += '}';
  for (int layer = 0; layer < architecture.layers(); ++layer) {
    const auto index = static_cast<std::size_t>(layer);
    const auto in = static_cast<std::size_t>(architecture.fan_in(layer));
    const auto out = static_cast<std::size_t>(architecture.fan_out(layer));
    writer.tensor(layer_name(index, "weight"), {out, in}, model.network.weight(layer));
    writer.tensor(layer_name(index, "bias"), {out}, model.network.bias(layer));
  }
  writer.tensor("scaling.mean", {inputs}, model.scaling.mean);
  writer.tensor("scaling.scale", {inputs}, model.scaling.scale);
  if (!architecture.dropout.empty()) writer.tensor("dropout", {architecture.dropout.size()}, architecture.dropout);
  writer.header += '}';
  writer.header.append((8 - writer.header.size() % 8) % 8, ' ');  // tensors start on a multiple of 8
  if (writer.header.size() > max_header) throw Error(ErrorCode::invalid_data, "The class names are too long.");

  const std::uint64_t header_size = writer.header.size();
  Bytes file(sizeof header_size + writer.header.size() + static_cast<std::size_t>(writer.offset));
  std::byte* at = file.data();
  const auto append = [&at](const void* data, std::size_t size) {
    if (size > 0) std::memcpy(at, data, size);
    at += size;
  };
  append(&header_size, sizeof header_size);
  append(writer.header.data(), writer.header.size());
  for (const std::span<const float> values : writer.tensors) append(values.data(), values.size_bytes());
  const std::string digits = hexadecimal(checksum(file, digits_at));
  std::memcpy(file.data() + digits_at, digits.data(), crc_digits);
  return file;
}

// ---------------------------------------------------------------------------------------------------------- reading

struct Entry {
  std::string key, value;
  std::size_t value_at, value_size;  ///< where the text of the value lies in the header, between its quotes
};

struct Tensor {
  std::string name, type;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin, end;
};

/// Reads the header of a safetensors file: exactly the JSON that the format needs (an object of metadata strings and of
/// tensor descriptions in their one order), without white space except padding at the end. There is no nesting beyond
/// what the grammar names, so there is no recursion.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const ByteReader& reader) noexcept : text_(text), reader_(reader) {}

  std::vector<Entry> metadata;
  std::vector<Tensor> tensors;

  void parse() {
    bool has_metadata = false;
    expect('{');
    if (!accept('}')) {
      do {
        std::string name = string();
        expect(':');
        if (name == "__metadata__") {
          if (std::exchange(has_metadata, true)) fail("a name occurs twice in its header");
          parse_metadata();
        } else {
          parse_tensor(std::move(name));
        }
      } while (accept(','));
      expect('}');
    }
    while (accept(' ')) {
    }
    if (at_ != text_.size()) fail("its header goes on after its end");
    refuse_twins(metadata, &Entry::key);
    refuse_twins(tensors, &Tensor::name);
  }

 private:
  [[noreturn]] void fail(std::string_view why) const { reader_.fail(why); }

  bool accept(char character) noexcept {
    if (at_ == text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }
  void expect(char character) {
    if (!accept(character)) fail("its header is not well formed at byte " + std::to_string(at_ + 1));
  }
  void expect(std::string_view token) {
    for (const char character : token) expect(character);
  }

  template <class T>
  void refuse_twins(const std::vector<T>& items, std::string T::* name) const {
    std::vector<std::string_view> names;
    for (const T& item : items) names.push_back(item.*name);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) fail("a name occurs twice in its header");
  }

  void parse_metadata() {
    expect('{');
    if (accept('}')) return;
    do {
      Entry entry{};
      entry.key = string();
      expect(':');
      entry.value_at = at_ + 1;
      entry.value = string();
      entry.value_size = at_ - 1 - entry.value_at;
      metadata.push_back(std::move(entry));
    } while (accept(','));
    expect('}');
  }

  void parse_tensor(std::string name) {
    Tensor tensor{};
    tensor.name = std::move(name);
    expect("{\"dtype\":");
    tensor.type = string();
    expect(",\"shape\":[");
    if (!accept(']')) {
      do {
        if (tensor.shape.size() == 8) fail("a tensor has more than 8 dimensions");
        tensor.shape.push_back(integer());
      } while (accept(','));
      expect(']');
    }
    expect(",\"data_offsets\":[");
    tensor.begin = integer();
    expect(',');
    tensor.end = integer();
    expect("]}");
    tensors.push_back(std::move(tensor));
  }

  std::uint64_t integer() {
    const auto digit = [this] { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; };
    if (!digit()) fail("a number is missing in its header");
    if (accept('0')) return 0;  // a digit after it is then not what the grammar expects
    std::uint64_t value = 0;
    while (digit()) {
      const auto next = static_cast<std::uint64_t>(text_[at_++] - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - next) / 10) fail("a number in its header is too large");
      value = value * 10 + next;
    }
    return value;
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
      if (code >= 0xDC00 || !accept('\\') || !accept('u')) fail("a text in its header has a broken escape");
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
    expect('"');
    std::string result;
    while (true) {
      if (at_ == text_.size()) fail("a text in its header does not end");
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

  std::string_view text_;
  const ByteReader& reader_;
  std::size_t at_ = 0;
};

/// A number in its one decimal form, at most `limit`; otherwise limit + 1.
std::uint32_t decimal(std::string_view text, std::uint32_t limit) noexcept {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return limit + 1;
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return limit + 1;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > limit) return limit + 1;
  }
  return value;
}

Model load_unguarded(ByteView file) {
  ByteReader reader(file, what);
  const auto header_size = reader.get<std::uint64_t>();
  if (header_size > max_header || header_size > reader.left()) reader.fail("its header would be longer than the file");
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + sizeof header_size,
                              static_cast<std::size_t>(header_size));
  HeaderParser header(text, reader);
  header.parse();

  // Is it ours, whole, and not newer than we are? In this order, since only a file of ours has a checksum, and only a
  // whole one has a version to trust. These three keys keep their meaning in all versions.
  const auto find = [&](std::string_view key) -> const Entry* {
    for (const Entry& entry : header.metadata) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  };
  const Entry* format = find("format");
  if (format == nullptr || format->value != format_name)
    reader.fail("it is a safetensors file, but not a Distillery one");
  const Entry* crc = find("crc32c");
  if (crc == nullptr || crc->value_size != crc_digits ||
      crc->value != hexadecimal(checksum(file, sizeof header_size + crc->value_at)))
    reader.fail("its checksum does not fit");
  const Entry* version = find("version");
  constexpr std::uint32_t any_version = 1'000'000;
  const std::uint32_t number = version == nullptr ? 0 : decimal(version->value, any_version);
  if (number == 0 || number > any_version) reader.fail("its version is missing or broken");
  if (number > newest_version)
    throw Error(ErrorCode::unsupported_version, "This model has version " + std::to_string(number) +
                                                    "; this Distillery reads up to " + std::to_string(newest_version) +
                                                    ". Use a newer one.");

  // Metadata: exactly the keys of version 1.
  const Entry* activation = find("activation");
  if (activation == nullptr || activation->value != "relu") reader.fail("its activation is not relu");
  constexpr std::size_t other_keys = 4;
  constexpr std::size_t max_classes = 1000;
  if (header.metadata.size() < other_keys || header.metadata.size() - other_keys > max_classes)
    reader.fail("it does not have 2 to 1,000 classes");
  std::vector<std::string> class_names(header.metadata.size() - other_keys);
  for (Entry& entry : header.metadata) {
    if (entry.key == "format" || entry.key == "version" || entry.key == "activation" || entry.key == "crc32c") continue;
    constexpr std::string_view prefix = "class.";
    const std::uint32_t index =
        entry.key.starts_with(prefix) ? decimal(std::string_view(entry.key).substr(prefix.size()), max_classes)
                                      : max_classes + 1;
    // No key occurs twice, so indices below the number of names fill all of them.
    if (index >= class_names.size()) reader.fail("its metadata holds an unknown key");
    class_names[index] = std::move(entry.value);
  }

  // Tensors: exactly those of version 1, in their one order, without gaps, up to the last byte. So the shapes are
  // backed by bytes that exist before anything is allocated for them.
  const auto& tensors = header.tensors;
  const bool has_dropout = !tensors.empty() && tensors.back().name == "dropout";
  const std::size_t others = has_dropout ? 3 : 2;
  if (tensors.size() < others + 2 || (tensors.size() - others) % 2 != 0) reader.fail("a tensor is missing");
  const std::size_t layers = (tensors.size() - others) / 2;

  constexpr std::uint64_t max_width = 65536;
  const std::uint64_t available = reader.left() - header_size;
  const std::size_t data_at = sizeof header_size + static_cast<std::size_t>(header_size);
  std::size_t next = 0;
  std::uint64_t offset = 0;
  const auto take = [&](std::string_view name, std::size_t dimensions) -> const Tensor& {
    const Tensor& tensor = tensors[next++];
    if (tensor.name != name) reader.fail("another tensor stands in the place of " + std::string(name));
    if (tensor.type != "F32") reader.fail("a tensor is not of type F32");
    if (tensor.shape.size() != dimensions) reader.fail("a tensor has a wrong number of dimensions");
    std::uint64_t size = sizeof(float);
    for (const std::uint64_t extent : tensor.shape) {
      if (extent < 1 || extent > max_width) reader.fail("a width is not between 1 and 65,536");
      size *= extent;  // at most 2 dimensions, so at most 2^34, and their sum far below 2^64
    }
    if (tensor.begin != offset || tensor.end != offset + size)
      reader.fail("a tensor does not lie where its shape and its neighbours say");
    offset = tensor.end;
    return tensor;
  };

  Architecture architecture;
  std::uint64_t width = 0;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const Tensor& weight = take(layer_name(layer, "weight"), 2);
    const std::uint64_t out = weight.shape[0], in = weight.shape[1];
    if (layer == 0) architecture.inputs = static_cast<int>(in);
    if (layer > 0 && in != width) reader.fail("its layers do not fit each other");
    if (take(layer_name(layer, "bias"), 1).shape[0] != out) reader.fail("a bias does not fit its weight");
    if (layer + 1 < layers) architecture.hidden.push_back(static_cast<int>(out));
    width = out;
  }
  architecture.classes = static_cast<int>(width);
  const std::size_t parameters_end = data_at + static_cast<std::size_t>(offset);
  const auto inputs = static_cast<std::uint64_t>(architecture.inputs);
  if (take("scaling.mean", 1).shape[0] != inputs || take("scaling.scale", 1).shape[0] != inputs)
    reader.fail("its scaling does not fit its inputs");
  std::size_t dropouts = 0;
  if (has_dropout) {
    const std::uint64_t count = take("dropout", 1).shape[0];
    if (count > architecture.hidden.size()) reader.fail("it has more dropout probabilities than hidden layers");
    dropouts = static_cast<std::size_t>(count);
  }
  if (offset != available) reader.fail("bytes are left over");
  if (class_names.size() != width) reader.fail("its class names do not fit its classes");

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
  std::vector<float> parameters = values((parameters_end - data_at) / sizeof(float));
  Standardisation scaling;
  scaling.mean = values(static_cast<std::size_t>(inputs));
  scaling.scale = values(static_cast<std::size_t>(inputs));
  for (const float scale : scaling.scale) {
    if (scale <= 0.0f) reader.fail("a scale is not above 0");
  }
  if (dropouts > 0) architecture.dropout = values(dropouts);
  try {
    architecture.validate();
    validate_class_names(class_names);
    return {Mlp(std::move(architecture), std::move(parameters)), std::move(scaling), std::move(class_names)};
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
