#include "distillery/model_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "support.hpp"

using namespace distillery;
using support::code_of;
using support::message_of;

namespace {

/// The model of the golden file: every value is a small multiple of 1/8, so that it can be stated here.
Model golden() {
  const Architecture architecture{2, {3}, 2, {0.25f}};
  std::vector<float> parameters(architecture.parameter_count());
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = (static_cast<float>(i) - 8.0f) / 8.0f;
  return {Mlp(architecture, parameters), {{0.5f, -1.25f}, {2.0f, 0.125f}}, {"no", "yes – \"ja\""}};
}

bool equal(const Model& a, const Model& b) {
  return a.network.architecture() == b.network.architecture() &&
         std::vector(a.network.parameters().begin(), a.network.parameters().end()) ==
             std::vector(b.network.parameters().begin(), b.network.parameters().end()) &&
         a.scaling.mean == b.scaling.mean && a.scaling.scale == b.scaling.scale && a.class_names == b.class_names;
}

std::optional<ErrorCode> load_code(ByteView file) {
  return code_of([&] { load_model(file); });
}

std::string header_of(const Bytes& file) {
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof size);
  return {reinterpret_cast<const char*>(file.data()) + 8, static_cast<std::size_t>(size)};
}

/// A file of this header and data, with a right checksum where the header has a place for one: what is wrong with it
/// must then be found by reading it.
Bytes compose(const std::string& header, ByteView data) {
  Bytes file(8 + header.size() + data.size());
  const std::uint64_t size = header.size();
  std::memcpy(file.data(), &size, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  if (!data.empty()) std::memcpy(file.data() + 8 + header.size(), data.data(), data.size());
  const std::string key = "\"crc32c\":\"";
  const std::size_t at = header.find(key);
  if (at == std::string::npos) return file;
  const std::size_t digits = 8 + at + key.size();
  std::uint32_t crc = crc32c(ByteView(file).subspan(digits + 8), crc32c(ByteView(file).first(digits)));
  for (std::size_t i = 8; i-- > 0; crc >>= 4) file[digits + i] = static_cast<std::byte>("0123456789abcdef"[crc & 15]);
  return file;
}

/// The golden file with a part of its header replaced, all occurrences of it.
Bytes altered(const std::string& part, const std::string& replacement) {
  const Bytes file = save_model(golden());
  std::string header = header_of(file);
  const ByteView data = ByteView(file).subspan(8 + header.size());
  std::size_t at = header.find(part);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = header.find(part, at + replacement.size()))
    header.replace(at, part.size(), replacement);
  return compose(header, data);
}

/// The golden file with value number `index` of its data replaced.
Bytes with_value(std::size_t index, float value) {
  const Bytes file = save_model(golden());
  const std::string header = header_of(file);
  Bytes data(file.begin() + static_cast<std::ptrdiff_t>(8 + header.size()), file.end());
  std::memcpy(data.data() + index * sizeof value, &value, sizeof value);
  return compose(header, data);
}

}  // namespace

TEST_CASE("A model opens as what was saved") {
  for (const Architecture& architecture :
       {Architecture{1, {}, 2, {}}, Architecture{4, {}, 3, {}}, Architecture{5, {7, 1}, 2, {}},
        Architecture{3, {4, 4, 4}, 1000, {0.3f, 0.0f}}, Architecture{2, std::vector<int>(16, 2), 2, {}}}) {
    Model model{Mlp(architecture, 9), {}, {}};
    for (int i = 0; i < architecture.inputs; ++i) {
      model.scaling.mean.push_back(0.1f * static_cast<float>(i));
      model.scaling.scale.push_back(1.0f + static_cast<float>(i));
    }
    for (int c = 0; c < architecture.classes; ++c) model.class_names.push_back(std::to_string(c * c));
    const Bytes file = save_model(model);
    const Model again = load_model(file);
    CHECK(equal(again, model));
    CHECK(save_model(again) == file);
  }
}

TEST_CASE("A model file keeps to the safetensors format") {
  const Bytes file = save_model(golden());
  const std::string header = header_of(file);
  CHECK(header.size() % 8 == 0);
  CHECK(header.front() == '{');
  CHECK(header.find("\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}") !=
        std::string::npos);
  float first = 0.0f, last = 0.0f;
  std::memcpy(&first, file.data() + 8 + header.size(), sizeof first);
  std::memcpy(&last, file.data() + file.size() - sizeof last, sizeof last);
  CHECK(first == -1.0f);
  CHECK(last == 0.25f);  // the dropout
}

TEST_CASE("The golden model of version 1 opens for ever, and is still what we write") {
  std::ifstream stream(DISTILLERY_FIXTURES "/model-v1.safetensors", std::ios::binary);
  REQUIRE(stream.is_open());
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const ByteView file = std::as_bytes(std::span(text.data(), text.size()));
  CHECK(equal(load_model(file), golden()));
  const Bytes written = save_model(golden());
  CHECK(std::equal(written.begin(), written.end(), file.begin(), file.end()));
}

TEST_CASE("Every truncation and every flipped bit of a model is refused") {
  Bytes file = save_model(golden());
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK(load_code(ByteView(file).first(size)) == ErrorCode::corrupt_file);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1 << bit % 8);
    file[bit / 8] ^= mask;
    INFO("bit " << bit);
    CHECK(load_code(file) == ErrorCode::corrupt_file);
    file[bit / 8] ^= mask;
  }
  file.push_back(std::byte{0});
  CHECK(load_code(file) == ErrorCode::corrupt_file);
}

TEST_CASE("Class names may be any text") {
  const std::vector<std::string> names{"",
                                       "\"",
                                       "\\",
                                       "\\u0041",
                                       std::string("\0\x01\x1f\x7f", 4),
                                       "\b\f\n\r\t/",
                                       "\",\"version\":\"9\",\"x\":\"",
                                       "ß € 漢 😀 \u2028\u2029\ufeff",
                                       "</script><img src=x onerror=alert(1)>",
                                       std::string(10000, 'x')};
  const Architecture architecture{1, {}, static_cast<int>(names.size()), {}};
  const Model model{Mlp(architecture, 1), {{0.0f}, {1.0f}}, names};
  CHECK(load_model(save_model(model)).class_names == names);
}

TEST_CASE("Escapes that we do not write are read as JSON means them") {
  CHECK(load_model(altered("\"no\"", R"("\u006e\/\b\f\n\r\t\"\\\u00e4\u20AC\uD83D\ude00")")).class_names[0] ==
        "n/\b\f\n\r\t\"\\ä€😀");
  for (const char* broken : {R"("\x")", R"("\u12")", R"("\u12g4")", R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\n")",
                             R"("\ud83d\u0041")", R"("\ude00")", R"("\ude00\ude00")",
                             "\"\n\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\""}) {
    INFO(broken);
    CHECK(load_code(altered("\"no\"", broken)) == ErrorCode::corrupt_file);
  }
}

TEST_CASE("Other people's safetensors are refused, with a word on why") {
  const Bytes data(8);
  const std::string tensor = "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
  for (const std::string& header :
       {"{" + tensor + "}", "{\"__metadata__\":{\"format\":\"pt\"}," + tensor + "}",
        std::string("{\"__metadata__\":{}}"),
        std::string("{}")}) {
    CHECK(load_code(compose(header, data)) == ErrorCode::corrupt_file);
    CHECK(message_of([&] { load_model(compose(header, data)); }).find("not a Distillery one") != std::string::npos);
  }
}

TEST_CASE("Models of newer versions are told apart from broken ones") {
  CHECK(load_code(altered("\"version\":\"1\"", "\"version\":\"2\"")) == ErrorCode::unsupported_version);
  CHECK(load_code(altered("\"version\":\"1\"", "\"version\":\"2\",\"novelty\":\"x\"")) ==
        ErrorCode::unsupported_version);
  // Whatever a newer version adds, a file stays well formed.
  CHECK(load_code(altered("\"version\":\"1\"", "\"version\":\"2\",\"x\":\"\xff\"")) == ErrorCode::corrupt_file);
  CHECK(load_code(altered("{\"__metadata__\":{\"format\":\"distillery-model\",\"version\":\"1\"",
                          "{\"scaling.mean\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"__metadata__\":"
                          "{\"format\":\"distillery-model\",\"version\":\"2\"")) == ErrorCode::corrupt_file);
  for (const char* broken : {"\"0\"", "\"\"", "\"01\"", "\"1 \"", "\"-1\"", "\"1.0\"", "\"99999999999999999999\"", "1"})
    CHECK(load_code(altered("\"version\":\"1\"", std::string("\"version\":") + broken)) == ErrorCode::corrupt_file);
}

TEST_CASE("Lengths beyond the file are refused before anything is allocated") {
  const Bytes file = save_model(golden());
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{file.size() - 7}, std::uint64_t{1} << 31,
                                   std::uint64_t{1} << 32, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Bytes hostile = file;
    std::memcpy(hostile.data(), &size, sizeof size);
    CHECK(load_code(hostile) == ErrorCode::corrupt_file);
  }
  Bytes stump(10);  // a header of 1,000 bytes, said to be, of which two are there
  std::memcpy(stump.data(), "\xe8\x03\0\0\0\0\0\0{\"", stump.size());
  CHECK(load_code(stump) == ErrorCode::corrupt_file);
  // A shape that multiplies to the true size only where the product overflows, and others that promise too much.
  for (const char* shape : {"[9223372036854775811,2]", "[4294967299,2]", "[18446744073709551615,18446744073709551615]",
                            "[18446744073709551616,1]", "[18446744073709551619,2]",
                            "[0,2]", "[3,2,1]", "[6]", "[3]", "[]", "[65537,1]", "[65536,65536]", "[6,1]",
                            "[2,3]", "[-3,2]", "[3.0,2]", "[3e0,2]", "[03,2]", "[3,2,]", "[3 ,2]", "[\"3\",2]"}) {
    INFO(shape);
    CHECK(load_code(altered("[3,2]", shape)) == ErrorCode::corrupt_file);
  }
}

TEST_CASE("Shapes that agree only because their sizes overflow are refused") {
  const Bytes file = save_model(golden());
  std::string header = header_of(file);
  const ByteView data = ByteView(file).subspan(8 + header.size());
  const std::string three = "9223372036854775811";  // 2^63 + 3: four times it is 12 in 64 bits
  for (const auto& [part, replacement] : {std::pair{"[3,2]", "[" + three + ",2]"}, std::pair{"[3]", "[" + three + "]"},
                                          std::pair{"[2,3]", "[2," + three + "]"}}) {
    header.replace(header.find(part), std::string_view(part).size(), replacement);
  }
  CHECK(load_code(compose(header, data)) == ErrorCode::corrupt_file);
}

TEST_CASE("Tensors must lie one after the other, to the last byte") {
  const std::string weight = "\"data_offsets\":[0,24]", bias = "\"data_offsets\":[24,36]";
  for (const char* offsets : {"[0,36]", "[12,24]", "[20,32]", "[28,40]", "[36,24]", "[24,35]",
                              "[18446744073709551612,8]", "[24,18446744073709551615]", "[24]", "[24,36,48]", "[]"}) {
    INFO(offsets);
    CHECK(load_code(altered(bias, std::string("\"data_offsets\":") + offsets)) == ErrorCode::corrupt_file);
  }
  CHECK(load_code(altered(weight, "\"data_offsets\":[4,28]")) == ErrorCode::corrupt_file);

  const Bytes file = save_model(golden());
  const std::string header = header_of(file);
  Bytes data(file.begin() + static_cast<std::ptrdiff_t>(8 + header.size()), file.end());
  CHECK(load_code(compose(header, data)) == std::nullopt);
  CHECK(load_code(compose(header, ByteView(data).first(data.size() - 4))) == ErrorCode::corrupt_file);
  data.resize(data.size() + 4);
  CHECK(load_code(compose(header, data)) == ErrorCode::corrupt_file);
  std::string longer = header;
  longer.replace(longer.find("[84,88]"), 7, "[84,92]");  // the last tensor: nothing follows that could contradict
  CHECK(load_code(compose(longer, data)) == ErrorCode::corrupt_file);
}

TEST_CASE("Headers that are not exactly what version 1 has are refused") {
  const std::pair<const char*, const char*> changes[] = {
      {"\"F32\"", "\"F16\""},
      {"\"activation\":\"relu\"", "\"activation\":\"tanh\""},
      {"\"activation\":\"relu\",", ""},
      {"\"version\":\"1\",", ""},
      {"\"activation\":\"relu\"", "\"activation\":\"relu\",\"activation\":\"relu\""},
      {"\"activation\":\"relu\"", "\"activation\":\"relu\",\"author\":\"me\""},
      {"\"class.1\"", "\"class.0\""},
      {"\"class.1\"", "\"class.2\""},
      {"\"class.1\"", "\"class.01\""},
      {"\"class.1\"", "\"class.\""},
      {"\"class.1\"", "\"class.4294967297\""},
      {"\"no\"", "\"no\",\"class.2\":\"maybe\""},
      {",\"class.0\":\"no\"", ""},
      {"\"yes – \\\"ja\\\"\"", "\"no\""},
      {"\"yes – \\\"ja\\\"\"", "{}"},
      {"\"layers.0.bias\"", "\"layers.0.weight\""},
      {"\"layers.0.bias\"", "\"layers.0.bias2\""},
      {"\"scaling.mean\"", "\"scaling.median\""},
      {"\"dropout\"", "\"extra\""},
      {"\"scaling.mean\"", "\"__metadata__\""},
      {"{\"__metadata__\"", "{\"__metadata__\":{},\"__metadata__\""},
      {"{\"__metadata__\"", " {\"__metadata__\""},
      {"{\"__metadata__\"", "{ \"__metadata__\""},
      {"{\"__metadata__\"", "[\"__metadata__\""},
      {"]}}", "]}},"},
      {"]}}", "]},}"},
      {"]}}", "]}}}"},
      {"]}}", "]}}\n"},
      {"]}}", "]}} {}"},
      {"]}}", "]}"},
      {"\"dtype\":\"F32\",", "\"dtype\":\"F32\",\"dtype\":\"F32\","},
      {"\"dtype\":\"F32\",", ""},
      {"\"dtype\":\"F32\"", "\"dtype\":{\"a\":[[[[[[]]]]]]}"},
  };
  for (const auto& [part, replacement] : changes) {
    INFO(part << " becomes " << replacement);
    CHECK(load_code(altered(part, replacement)) == ErrorCode::corrupt_file);
  }
  CHECK(load_code(altered("]}}", "]}}        ")) == std::nullopt);  // padding is free
}

TEST_CASE("Deep nesting, endless texts and many tensors cost no more than their bytes") {
  CHECK(load_code(compose(std::string(1'000'000, '['), {})) == ErrorCode::corrupt_file);
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  CHECK(load_code(compose(nested, {})) == ErrorCode::corrupt_file);
  CHECK(load_code(compose("{\"" + std::string(1'000'000, 'a'), {})) == ErrorCode::corrupt_file);
  std::string many = "{";
  for (int i = 0; i < 20000; ++i)
    many += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) +
            "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
  CHECK(load_code(compose(many + "}", {})) == ErrorCode::corrupt_file);
  std::string layers = header_of(save_model(golden()));
  layers.resize(layers.find("},\"layers.0.weight\"") + 1);
  for (int i = 0; i < 5000; ++i) {
    for (const char* part : {".weight", ".bias"})
      layers += ",\"layers." + std::to_string(i) + part + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,0]}";
  }
  for (const char* part : {"scaling.mean", "scaling.scale"})
    layers += ",\"" + std::string(part) + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,0]}";
  CHECK(load_code(compose(layers + "}", {})) == ErrorCode::corrupt_file);
}

TEST_CASE("Layers, biases, scaling and classes must fit each other") {
  using Tensors = std::vector<std::pair<std::string, std::vector<int>>>;
  // A file of these tensors, sound in every other way: right offsets, right checksum, all values 1/2.
  const auto code = [](const Tensors& tensors) {
    std::string header = header_of(save_model(golden()));
    header.resize(header.find("},\"layers.0.weight\"") + 1);
    std::size_t values = 0;
    for (const auto& [name, shape] : tensors) {
      std::string extents;
      std::size_t count = 1;
      for (const int extent : shape) {
        extents += (extents.empty() ? "" : ",") + std::to_string(extent);
        count *= static_cast<std::size_t>(extent);
      }
      header += ",\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + extents + "],\"data_offsets\":[" +
                std::to_string(4 * values) + "," + std::to_string(4 * (values + count)) + "]}";
      values += count;
    }
    const std::vector<float> data(values, 0.5f);
    return load_code(compose(header + "}", std::as_bytes(std::span(data))));
  };
  const Tensors good{{"layers.0.weight", {3, 2}}, {"layers.0.bias", {3}},  {"layers.1.weight", {2, 3}},
                     {"layers.1.bias", {2}},      {"scaling.mean", {2}}, {"scaling.scale", {2}},
                     {"dropout", {1}}};
  REQUIRE(code(good) == std::nullopt);
  const std::pair<std::size_t, std::vector<int>> changes[] = {{0, {3, 4}}, {0, {4, 2}}, {1, {4}}, {2, {2, 4}},
                                                              {2, {3, 3}},
                                                              {3, {3}},    {4, {3}},    {5, {1}}, {6, {2}}};
  for (const auto& [index, shape] : changes) {
    Tensors tensors = good;
    tensors[index].second = shape;
    INFO(tensors[index].first << " " << shape[0]);
    CHECK(code(tensors) == ErrorCode::corrupt_file);
  }
  Tensors three_classes = good;
  three_classes[2].second = {3, 3};
  three_classes[3].second = {3};
  CHECK(code(three_classes) == ErrorCode::corrupt_file);  // of two names
  for (std::size_t missing = 0; missing < good.size(); ++missing) {
    Tensors tensors = good;
    tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(missing));
    CHECK(code(tensors) == (good[missing].first == "dropout" ? std::nullopt : std::optional(ErrorCode::corrupt_file)));
  }
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {
    Tensors tensors = good;
    std::swap(tensors[i], tensors[i + 1]);
    CHECK(code(tensors) == ErrorCode::corrupt_file);
  }
  Tensors deep{{"layers.0.weight", {2, 2}}, {"layers.0.bias", {2}}};
  for (int layer = 1; layer < 18; ++layer) {
    deep.push_back({"layers." + std::to_string(layer) + ".weight", {2, 2}});
    deep.push_back({"layers." + std::to_string(layer) + ".bias", {2}});
  }
  deep.push_back({"scaling.mean", {2}});
  deep.push_back({"scaling.scale", {2}});
  CHECK(code(deep) == ErrorCode::corrupt_file);  // 17 hidden layers
}

TEST_CASE("Values that are not finite or out of range are refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  constexpr std::size_t mean = 17, scale = 19, dropout = 21;
  REQUIRE(load_code(with_value(0, 3.0f)) == std::nullopt);
  for (const std::size_t index : {std::size_t{0}, std::size_t{8}, std::size_t{16}, mean, mean + 1, scale, dropout}) {
    for (const float value : {nan, infinity, -infinity})
      CHECK(load_code(with_value(index, value)) == ErrorCode::corrupt_file);
  }
  CHECK(load_code(with_value(scale + 1, 0.0f)) == ErrorCode::corrupt_file);
  CHECK(load_code(with_value(scale + 1, -1.0f)) == ErrorCode::corrupt_file);
  CHECK(load_code(with_value(dropout, -0.1f)) == ErrorCode::corrupt_file);
  CHECK(load_code(with_value(dropout, 0.99f)) == ErrorCode::corrupt_file);
}

TEST_CASE("A model that could not be read back is not saved") {
  const auto code = [](auto&& change) {
    Model model = golden();
    change(model);
    return code_of([&] { save_model(model); });
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(code([](Model&) {}) == std::nullopt);
  CHECK(code([](Model& model) { model.class_names.pop_back(); }) == ErrorCode::shape_mismatch);
  CHECK(code([](Model& model) { model.class_names[0] = "\xc3"; }) == ErrorCode::invalid_data);
  CHECK(code([](Model& model) { model.class_names[0] = model.class_names[1]; }) == ErrorCode::invalid_data);
  CHECK(code([](Model& model) { model.scaling.mean.pop_back(); }) == ErrorCode::shape_mismatch);
  CHECK(code([](Model& model) { model.scaling.scale.push_back(1.0f); }) == ErrorCode::shape_mismatch);
  CHECK(code([](Model& model) { model.scaling.scale[1] = 0.0f; }) == ErrorCode::invalid_data);
  CHECK(code([&](Model& model) { model.scaling.scale[0] = nan; }) == ErrorCode::invalid_data);
  CHECK(code([&](Model& model) { model.scaling.mean[0] = nan; }) == ErrorCode::invalid_data);
}

TEST_CASE("A header of very many small entries is refused before they take many times its size") {
  std::string header = "{\"__metadata__\":{\"\":\"\"";
  for (int i = 0; i < 5000; ++i) header += ",\"\":\"\"";
  const Bytes file = compose(header + "}}", {});
  CHECK(message_of([&] { load_model(file); }).find("too many entries") != std::string::npos);
}

TEST_CASE("A name as long as its file is cut in the message about it, and not within a character") {
  std::string name = "x";
  for (int i = 0; i < 1000; ++i) name += "\xC3\xA4";
  const std::string message = message_of([&] { load_model(altered("class.1", name)); });
  CHECK(message.size() < 600);
  CHECK(message.find("x\xC3\xA4") != std::string::npos);
  CHECK(is_utf8(message));
}
