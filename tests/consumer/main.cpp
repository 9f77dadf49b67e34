#include <distillery/mlp.hpp>

#include <cstdio>

int main() {
  const distillery::Mlp model({.inputs = 2, .hidden = {8, 4}, .classes = 3, .dropout = {}}, 42);
  const distillery::Matrix logits = model.logits(distillery::Matrix::Ones(5, 2));
  std::printf("logits of %td rows and %td classes\n", logits.rows(), logits.cols());
  return logits.rows() == 5 && logits.cols() == 3 ? 0 : 1;
}
