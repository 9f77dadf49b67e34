#pragma once
/// How the library crosses to JavaScript: errors, values, handles. Converts and delegates, decides nothing.
///
/// No C++ exception crosses: a call that fails gives null, and `takeError` says why. What comes back is a copy, never
/// a view of the heap. Numbers are checked here, for a JavaScript number can be anything.
///
/// Options, reports and tables cross as plain objects, and objects of ours as numbers that JavaScript must `release`.
/// So all functions look alike to Embind, which would otherwise generate code for each signature, class and structure:
/// more than all of these files. What they take and give is said where they are defined, as TypeScript's types.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <emscripten/bind.h>

#include "distillery/bytes.hpp"
#include "distillery/error.hpp"
#include "distillery/trainer.hpp"

namespace distillery::bindings {

using emscripten::val;

// ---- errors -------------------------------------------------------------------------------------------------------

/// Keeps for `takeError` what is being caught. Allocates nothing, for memory may be what has run out.
void remember_failure() noexcept;

/// What JavaScript calls: takes its arguments in a row.
using Body = val (*)(const val* arguments);

/// Calls it; null where it throws.
val attempt(Body body, const val* arguments);

template <Body body, class Result, class... Arguments>
Result call(Arguments... arguments) {
  const std::array<val, sizeof...(arguments)> row{std::move(arguments)...};
  return Result(attempt(body, row.data()));
}

// ---- values coming in -----------------------------------------------------------------------------------------------

[[noreturn]] inline void refuse(const char* name, Piece wanted) {
  fail(ErrorCode::invalid_option, {"'", name, "' must be ", wanted, "."});
}

inline double whole(double value, const char* name, double most) {
  if (!(value >= 0 && value <= most && value == std::floor(value)))
    refuse(name, joined({"a whole number from 0 to ", most}));
  return value;
}
/// Whole numbers; ranges that are narrower are the library's to check.
inline std::uint32_t count(const val& value, const char* name) {
  return static_cast<std::uint32_t>(whole(value.as<double>(), name, 4294967295.0));
}
inline std::uint64_t seed_number(const val& value) {
  return static_cast<std::uint64_t>(whole(value.as<double>(), "seed", 9007199254740991.0));
}
inline int width(double value, const char* name) { return static_cast<int>(whole(value, name, 2147483647.0)); }
inline float real(double value, const char* name) {
  if (!std::isfinite(static_cast<float>(value))) refuse(name, "a finite number");
  return static_cast<float>(value);
}
/// The same, of a field of an object.
inline double number_at(const val& object, const char* name) { return object[name].as<double>(); }
inline std::uint32_t count_at(const val& object, const char* name) { return count(object[name], name); }
inline float real_at(const val& object, const char* name) { return real(number_at(object, name), name); }

/// Which of `names` it is; enumerators stand in the same order.
using Names = std::span<const char* const>;
inline std::uint8_t choose(const val& value, const char* name, Names names) {
  const auto given = value.as<std::string>();
  std::string wanted = "one of";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (given == names[i]) return static_cast<std::uint8_t>(i);
    wanted += joined({i ? ", '" : " '", names[i], "'"});
  }
  refuse(name, wanted);
}
constexpr const char* soft_losses[] = {"divergence", "logits", "decoupled"};
constexpr const char* schedules[] = {"constant", "cosine"};
constexpr const char* imputations[] = {"none", "mean", "median"};

constexpr const char* flavour =
#if defined(__wasm_relaxed_simd__)
    "fast";
#elif defined(__wasm_simd128__)
    "simd";
#else
    "scalar";
#endif

inline std::size_t length_of(const val& list) { return static_cast<std::size_t>(number_at(list, "length")); }

/// Copies a typed array into memory of ours.
template <class T>
void copy_in(const val& array, T* target, std::size_t size) {
  if (size > 0) val(emscripten::typed_memory_view(size, target)).call<void>("set", array);
}
inline Bytes bytes_in(const val& array) {
  Bytes bytes(length_of(array));
  copy_in(array, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  return bytes;
}
/// A list of whatever `convert` makes of its values.
template <class T, class Convert>
std::vector<T> list_in(const val& list, Convert convert) {
  if (!list.isArray()) fail(ErrorCode::invalid_option, "Where a list is needed, such as [64, 32], there is something else.");
  std::vector<T> values;
  const std::size_t size = length_of(list);
  for (std::size_t i = 0; i < size; ++i) values.push_back(convert(list[i]));
  return values;
}
inline std::vector<int> widths_in(const val& list) {
  return list_in<int>(list, [](const val& value) { return width(value.as<double>(), "hidden"); });
}
inline std::vector<std::string> names_in(const val& list) {
  return list_in<std::string>(list, [](const val& name) { return name.as<std::string>(); });
}
inline std::vector<float> reals_at(const val& object, const char* name) {
  return list_in<float>(object[name], [name](const val& value) { return real(value.as<double>(), name); });
}
inline TrainOptions training_in(const val& from) {
  TrainOptions options;
  options.epochs = count_at(from, "epochs");
  options.batch_size = count_at(from, "batchSize");
  options.optimizer.learning_rate = real_at(from, "learningRate");
  options.optimizer.weight_decay = real_at(from, "weightDecay");
  options.optimizer.schedule = static_cast<Schedule>(choose(from["schedule"], "schedule", schedules));
  return options;
}

// ---- values going out -----------------------------------------------------------------------------------------------

/// A typed array of its own, copied from memory of ours.
template <class T>
val copy_out(const T* data, std::size_t size) {
  return val(emscripten::typed_memory_view(size, data)).template call<val>("slice");
}
inline val bytes_out(ByteView bytes) {
  return copy_out(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// An object, field by field.
class Fields {
 public:
  void put(const char* name, double value) { put(name, val(value)); }
  void put(const char* name, const val& value) { object_.set(name, value); }
  const val& done() const { return object_; }

 private:
  val object_ = val::object();
};
/// A list of whatever `convert` makes of the values.
template <class List, class Convert>
val list_out(const List& values, Convert convert) {
  val list = val::array();
  for (const auto& value : values) list.call<void>("push", convert(value));
  return list;
}
inline val numbers_out(const auto& values) {
  return list_out(values, [](auto value) { return val(static_cast<double>(value)); });
}
/// A text that JavaScript decodes without its first byte order mark, if it has one: so it gets another.
inline val text_out(const std::string& text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return val(text.starts_with(mark) ? std::string(mark) + text : text);
}
inline val names_out(const std::vector<std::string>& names) { return list_out(names, text_out); }

/// Figures of the last finished epoch, and one more.
val progress_out(const auto& last, const char* name, auto value) {
  Fields fields;
  fields.put("epoch", last.epoch);
  fields.put("loss", last.loss);
  fields.put("accuracy", last.accuracy);
  fields.put(name, val(value));
  return fields.done();
}

// ---- handles ------------------------------------------------------------------------------------------------------

extern int live_handles;

/// What JavaScript holds, as the number of its address. Counted, so that tests can see that nobody forgets to release.
struct Handle {
  Handle() noexcept { ++live_handles; }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  virtual ~Handle() { --live_handles; }

  /// A slice of work: whether it ended something, an epoch or a job.
  virtual bool advance(std::uint32_t) { return false; }
  virtual val info() const { return val::null(); }
  /// A file: of a model its own, else all that is needed to go on.
  virtual Bytes save() const { return {}; }
};

template <class T>
T& the(const val& handle) {
  return *reinterpret_cast<T*>(static_cast<std::uintptr_t>(handle.as<double>()));
}
/// Hands it over to JavaScript.
inline val give(Handle* handle) { return val(static_cast<double>(reinterpret_cast<std::uintptr_t>(handle))); }

// ---- their types in TypeScript --------------------------------------------------------------------------------------

/// A value with the text that stands for its type in the declarations that Emscripten writes. Only one build writes them
/// (cmake/wasm-package.cmake); to the others all are the same `val`, and cost nothing.
#ifdef DISTILLERY_DECLARATIONS
template <std::size_t length>
struct Text {
  char characters[length];
  constexpr Text(const char (&text)[length]) { std::copy_n(text, length, characters); }  // NOLINT: implicit on purpose
};
template <Text text>
struct Typed : val {
  explicit Typed(val value) : val(std::move(value)) {}
  /// Once for each type.
  static void declare() {
    static const bool declared = (emscripten::register_type<Typed>(text.characters), true);
    static_cast<void>(declared);
  }
};
#define TYPED(text) Typed<text>
template <class... Types>
void declare() {
  (Types::declare(), ...);
}
#else
#define TYPED(text) val
template <class... Types>
void declare() {}
#endif

using Number = TYPED("number");
using String = TYPED("string");
using Strings = TYPED("string[]");
using File = TYPED("Uint8Array");
using MaybeFile = TYPED("Uint8Array | null");
using HandleNumber = TYPED("import('./native.js').Handle");
using MaybeHandle = TYPED("import('./native.js').Handle | null");

template <Body body, class Signature>
struct Function;
template <Body body, class Result, class... Arguments>
struct Function<body, Result(Arguments...)> {
  static void define(const char* name) {
    declare<Result, Arguments...>();
    emscripten::function(name, &call<body, Result, Arguments...>);
  }
};
/// Makes a function known to JavaScript.
template <Body body, class Signature>
void define(const char* name) {
  Function<body, Signature>::define(name);
}

}  // namespace distillery::bindings
