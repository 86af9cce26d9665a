// How many threads the CPU backend uses. Results never depend on it.
#pragma once

namespace carousel {

// Threads that a kernel may use, the caller's included: set_num_threads() if called, else
// CAROUSEL_NUM_THREADS (ValueError if it is no whole number >= 1), else all processors that the
// process may use. Never more than those.
int num_threads();

// ValueError for n < 1; more than the process may use are as good as all it may use.
void set_num_threads(int n);

}  // namespace carousel
