// What the machine could do at best, measured in the same run as what is claimed of it.
#pragma once

namespace carousel::bench {

// GF/s of one core in f32 multiply-adds of the level in use: best of 15 probes of about 2 ms.
double fma_peak();

}  // namespace carousel::bench
