// The README's example, as a stranger's program.
#include <cstdio>
#include <distillery/generators.hpp>
#include <distillery/plan.hpp>

int main() {
  using namespace distillery;
  Dataset data = generate(Shape2d::moons, 2000, 0.2, 1);  // or your own matrix and labels
  PlanOptions options;
  options.teachers.count = 4;
  options.students.sizes = {{4, 2}, {16, 8}, {64, 32}};
  const Plan plan = distil(std::move(data), options);  // on all cores
  const Report& report = plan.report();
  for (std::size_t i = 0; i < report.sizes.size(); ++i)
    std::printf("%u parameters: %.3f\n", report.sizes[i].parameters, report.test.sizes[i].student.accuracy.estimate);
  const Bytes file = save_model(plan.chosen());  // the same bytes as from a browser
  return file.empty();
}
