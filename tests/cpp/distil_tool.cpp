// Distils a data set by the C++ library and writes the chosen student, so that tests can compare its bytes with those of
// other builds: distil_tool <dataset file> <seed> <threads> <out.safetensors>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "distillery/plan.hpp"

int main(int argc, char** argv) {
  using namespace distillery;
  if (argc != 5) {
    std::fputs("usage: distil_tool <dataset file> <seed> <threads> <out.safetensors>\n", stderr);
    return 2;
  }
  try {
    std::ifstream in(argv[1], std::ios::binary);
    const std::vector<char> file{std::istreambuf_iterator<char>(in), {}};
    PlanOptions options;
    options.seed = std::strtoull(argv[2], nullptr, 10);
    options.teachers.count = 3;
    options.teachers.hidden = {16, 8};
    options.teachers.dropout = {0.3f};
    options.teachers.training.epochs = 6;
    options.students.sizes = {{2}, {6, 4}, {12, 6}};
    options.students.seeds = 2;
    options.students.training.epochs = 8;
    const auto threads = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
    const Plan plan = distil(load_dataset(std::as_bytes(std::span(file))), options, threads);
    const Bytes model = save_model(plan.chosen());
    std::ofstream out(argv[4], std::ios::binary);
    out.write(reinterpret_cast<const char*>(model.data()), static_cast<std::streamsize>(model.size()));
    return out.good() ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", std::string(error_name(error.code())).c_str(), error.what());
    return 1;
  }
}
