#include "distillery/error.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace distillery {

void Piece::append_to(std::string& text) const {
  if (text_) {
    constexpr std::size_t most = 400;  // a name from a file may be as long as the file
    std::size_t shown = std::min(size_, most);
    while (shown < size_ && shown > 0 && (static_cast<unsigned char>(text_[shown]) & 0xC0) == 0x80) --shown;  // not within a character
    text.append(text_, shown);
    if (shown < size_) text += "…";
    return;
  }
  const double size = std::fabs(number_);
  if (!(size < 1e16)) {
    text += number_ != number_ ? "not a number" : number_ < 0 ? "far below 0" : "far too large";
    return;
  }
  auto whole = static_cast<std::uint64_t>(size);
  auto places = 1'000'000 + static_cast<std::uint64_t>((size - static_cast<double>(whole)) * 1e6 + 0.5);
  if (places == 2'000'000) {
    ++whole;
    places = 1'000'000;
  }
  while (places % 10 == 0) places /= 10;
  char digits[32];
  char* at = digits + sizeof digits;
  const auto put = [&at](std::uint64_t digit) { *--at = static_cast<char>('0' + digit % 10); };
  for (; places > 1; places /= 10) put(places);
  if (at != digits + sizeof digits) *--at = '.';
  do put(whole);
  while (whole /= 10);
  if (number_ < 0) *--at = '-';
  text.append(at, digits + sizeof digits);
}

std::string joined(Pieces pieces) {
  std::string result;
  for (const Piece& piece : pieces) piece.append_to(result);
  return result;
}

void fail(ErrorCode code, Pieces message) { throw Error(code, joined(message)); }
void fail(ErrorCode code, const char* message) { fail(code, Pieces{message}); }

void require_between(double low, double high, double value, Pieces name) {
  if (value >= low && value <= high) return;
  fail(ErrorCode::invalid_option, {joined(name), " is ", value, "; it must lie between ", low, " and ", high, "."});
}
void require_between(double low, double high, double value, const char* name) {
  require_between(low, high, value, Pieces{name});
}

namespace {

// Made beforehand: where memory is short there may be none for a message. Their copies share it.
const Error out_of_memory(ErrorCode::out_of_memory,
                          "Out of memory: free other models or data, or use fewer rows, teachers or parameters.");
const Error too_large(ErrorCode::out_of_memory, "A buffer of this size cannot exist on this machine: use fewer rows.");

}  // namespace

void rethrow_as_error() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    throw out_of_memory;
  } catch (const std::length_error&) {
    throw too_large;
  }
}

std::string_view error_name(ErrorCode code) noexcept {
  constexpr std::string_view names[] = {"unknown",  "shape_mismatch",      "invalid_option", "invalid_data",
                                        "corrupt_file", "unsupported_version", "diverged",       "out_of_memory",
                                        "wrong_state",  "internal"};
  const auto index = static_cast<std::size_t>(code);
  return names[index < std::size(names) ? index : 0];
}

}  // namespace distillery
