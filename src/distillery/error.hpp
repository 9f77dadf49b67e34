#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace distillery {

/// Why a call failed. The numbers are part of the public interface: append, never reorder.
enum class ErrorCode : std::uint8_t {
  shape_mismatch = 1,   ///< two inputs do not fit each other (row, column or class counts)
  invalid_option = 2,   ///< an option is out of its stated range
  invalid_data = 3,     ///< a value of the data is not usable (not finite, label out of range, too few rows)
  corrupt_file = 4,     ///< bytes are not what their format says (truncated, altered, foreign)
  unsupported_version = 5,  ///< a file of ours, written by a newer version
  diverged = 6,         ///< training left the finite numbers; the last good model is kept
  out_of_memory = 7,    ///< an allocation failed; everything that existed before the call still works
  wrong_state = 8,      ///< the call does not fit the object's state (a finished trainer, an unknown job)
  internal = 9,         ///< a defect of this library
};

/// The stable name of a code, as users of every language see it: "shape_mismatch".
std::string_view error_name(ErrorCode code) noexcept;

/// The one exception type of the library, thrown by public entry points only. The message says what was wrong,
/// where, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// A part of a message: text or a number. (Put together where they are needed, messages would be a
/// tenth of all code.)
class Piece {
 public:
  constexpr Piece(std::string_view text) noexcept : text_(text.data()), size_(text.size()) {}
  constexpr Piece(const char* text) noexcept : Piece(std::string_view(text)) {}
  Piece(const std::string& text) noexcept : Piece(std::string_view(text)) {}
  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  constexpr Piece(Number number) noexcept : number_(static_cast<double>(number)) {}

  void append_to(std::string& text) const;

 private:
  const char* text_ = nullptr;  // null: it is a number
  std::size_t size_ = 0;
  double number_ = 0;
};
using Pieces = std::initializer_list<Piece>;

/// The pieces as one text; numbers as decimals, with at most 6 places.
std::string joined(Pieces pieces);
[[noreturn]] void fail(ErrorCode code, Pieces message);
[[noreturn]] void fail(ErrorCode code, const char* message);
/// Throws invalid_option where the value of the option `name` lies outside (a NaN does).
void require_between(double low, double high, double value, Pieces name);
void require_between(double low, double high, double value, const char* name);

/// Within a catch block: rethrows what was caught, running out of memory as an `Error` like every other failure.
[[noreturn]] void rethrow_as_error();

/// Runs a public entry point under `rethrow_as_error`. (Constructors use a function-try-block.)
template <class Call>
decltype(auto) guarded(Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    rethrow_as_error();
  }
}

}  // namespace distillery
