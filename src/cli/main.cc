#include <cstdio>

int main() {
  std::puts("headrace");
  return 0;
}
