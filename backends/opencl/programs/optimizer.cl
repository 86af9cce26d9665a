// Optimizer updates, Keras' formulas; keep = 1 - learning rate * decay. They do nothing while the
// queue's error word (first argument) tells of a bad index: parameters never change after one.
typedef struct {
  long count;
  long parameter, gradient;  // where they begin
  long slots[3];
} Span;

#define UPDATE_START               \
  const long i = get_global_id(0); \
  if (i >= s.count || error[0] != 0) return;

__kernel IN_GROUPS void sgd_kernel(const __global long* error, __global T* parameters,
                                   const __global T* gradients, __global T* velocities, Span s,
                                   T rate, T momentum, int has_velocity, int nesterov, T keep) {
  UPDATE_START
  const T w = keep * parameters[s.parameter + i], step = rate * gradients[s.gradient + i];
  T change = -step;
  if (has_velocity) {
    const T velocity = momentum * velocities[s.slots[0] + i] - step;
    velocities[s.slots[0] + i] = velocity;
    change = nesterov ? momentum * velocity - step : velocity;
  }
  parameters[s.parameter + i] = w + change;
}

// adam and adamw: `rate` holds the bias correction.
__kernel IN_GROUPS void adam_kernel(const __global long* error, __global T* parameters,
                                    const __global T* gradients, __global T* firsts,
                                    __global T* seconds, Span s, T rate, T one_less_beta1,
                                    T one_less_beta2, T epsilon, T keep) {
  UPDATE_START
  const T w = keep * parameters[s.parameter + i], g = gradients[s.gradient + i];
  T m = firsts[s.slots[0] + i], v = seconds[s.slots[1] + i];
  m += (g - m) * one_less_beta1;
  v += (g * g - v) * one_less_beta2;
  firsts[s.slots[0] + i] = m;
  seconds[s.slots[1] + i] = v;
  parameters[s.parameter + i] = w - rate * m / (sqrt(v) + epsilon);
}

__kernel IN_GROUPS void rmsprop_kernel(const __global long* error, __global T* parameters,
                                       const __global T* gradients, __global T* averages,
                                       __global T* momenta, __global T* means, Span s, T rate,
                                       T rho, T fresh, T momentum, T epsilon, int centered,
                                       T keep) {
  UPDATE_START
  const T w = keep * parameters[s.parameter + i], g = gradients[s.gradient + i];
  const T average = rho * averages[s.slots[0] + i] + fresh * g * g;
  averages[s.slots[0] + i] = average;
  T denominator = average + epsilon;
  if (centered) {
    const T mean = rho * means[s.slots[2] + i] + fresh * g;
    means[s.slots[2] + i] = mean;
    denominator = average - mean * mean + epsilon;
  }
  T step = rate * g / sqrt(denominator);
  if (momentum > 0) {
    step += momentum * momenta[s.slots[1] + i];
    momenta[s.slots[1] + i] = step;
  }
  parameters[s.parameter + i] = w - step;
}

__kernel IN_GROUPS void scale_gradients_kernel(const __global long* error, __global T* gradients,
                                               Span s, T factor) {
  UPDATE_START
  gradients[s.gradient + i] *= factor;
}

#ifdef HAS_F64
#define ADD(a, b) ((a) + (b))
#define SQUARE_CHUNK (64 * GROUP)

// One partial sum a group, of SQUARE_CHUNK elements.
__kernel IN_GROUPS void squares_kernel(__global double* partials, const __global T* gradients,
                                       Span s, long first) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0);
  const long begin = (long)get_group_id(0) * SQUARE_CHUNK;
  const long end = min(begin + SQUARE_CHUNK, s.count);
  double total = 0;
  for (long i = begin + lane; i < end; i += GROUP) {
    const double g = gradients[s.gradient + i];
    total += g * g;
  }
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) partials[first + get_group_id(0)] = shared[0];
}

// One group adds the partial sums.
__kernel IN_GROUPS void total_kernel(__global double* out, const __global double* partials,
                                     long count, long out_begin) {
  __local double shared[GROUP];
  const int lane = (int)get_local_id(0);
  double total = 0;
  for (long i = lane; i < count; i += GROUP) total += partials[i];
  shared[lane] = total;
  GROUP_FOLD(shared, lane, ADD)
  if (lane == 0) out[out_begin] = shared[0];
}
#endif
