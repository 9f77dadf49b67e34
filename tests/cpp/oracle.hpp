#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// The numbers that scipy and scikit-learn gave (tests/fixtures/make_statistics.py), line by line.
class OracleLine {
 public:
  explicit OracleLine(const std::string& text) : text_(text), words_(text) { words_ >> name_; }
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  double number() {
    std::string word;
    if (!(words_ >> word)) FAIL("too few numbers: " << text_);
    return std::strtod(word.c_str(), nullptr);
  }
  std::size_t count() { return static_cast<std::size_t>(number()); }
  std::vector<double> list() {
    std::vector<double> values(static_cast<std::size_t>(count()));
    for (double& value : values) value = number();
    return values;
  }

 private:
  std::string text_, name_;
  std::istringstream words_;
};

/// Calls `check` with every line of this name, and fails where there is none.
template <class Check>
void for_each_oracle_line(const std::string& name, Check&& check) {
  std::ifstream file(DISTILLERY_FIXTURES "/statistics.txt");
  REQUIRE(file.is_open());
  int found = 0;
  for (std::string text; std::getline(file, text);) {
    OracleLine line(text);
    if (line.name() != name) continue;
    ++found;
    INFO(line.text());
    check(line);
  }
  REQUIRE(found > 0);
}

inline bool is_close(double value, double expected, double relative, double absolute = 0.0) {
  return value == expected || std::fabs(value - expected) <= relative * std::fabs(expected) + absolute;
}
