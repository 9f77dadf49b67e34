#pragma once

#include <optional>
#include <string>

#include "distillery/error.hpp"

/// The code of the Error that a call throws; nothing where it does not throw one.
template <class Call>
std::optional<distillery::ErrorCode> code_of(Call&& call) {
  try {
    call();
  } catch (const distillery::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

/// Its message; empty where it does not throw one.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const distillery::Error& error) {
    return error.what();
  }
  return {};
}
