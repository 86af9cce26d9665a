// Philox4x32-10 and what becomes of its words, as tensor/philox.h says.
typedef struct {
  long count, out_begin;
  ulong seed, stream, offset;
} Draw;

uint4 philox(ulong seed, ulong stream, ulong counter) {
  uint4 x = (uint4)((uint)counter, (uint)(counter >> 32), (uint)stream, (uint)(stream >> 32));
  uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint low0 = 0xD2511F53u * x.s0, high0 = mul_hi(0xD2511F53u, x.s0);
    const uint low1 = 0xCD9E8D57u * x.s2, high1 = mul_hi(0xCD9E8D57u, x.s2);
    x = (uint4)(high1 ^ x.s1 ^ k0, low1, high0 ^ x.s3 ^ k1, low0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return x;
}

ulong random_bits(Draw d, ulong i) {
  const uint4 x = philox(d.seed, d.stream, i >> 1);
  return (i & 1) ? (ulong)x.s2 | (ulong)x.s3 << 32 : (ulong)x.s0 | (ulong)x.s1 << 32;
}

#ifdef T_FLOAT
#ifdef T_f32
#define UNIT(bits) ((T)((bits) >> 40) * 0x1p-24f)
#else
#define UNIT(bits) ((T)((bits) >> 11) * 0x1p-53)
#endif

__kernel IN_GROUPS void uniform_kernel(__global T* out, Draw d, T low, T width, T below) {
  const long i = get_global_id(0);
  if (i >= d.count) return;
  const T u = UNIT(random_bits(d, d.offset + i));
  out[d.out_begin + i] = min(low + width * u, below);
}

__kernel IN_GROUPS void normal_kernel(__global T* out, Draw d, T mean, T deviation) {
  const long i = get_global_id(0);
  if (i >= d.count) return;
#ifdef T_f32
  const ulong bits = random_bits(d, d.offset + i);
  const T u1 = ((T)(uint)bits + 0.5f) * 0x1p-32f, u2 = (T)(uint)(bits >> 32) * 0x1p-32f;
#else
  const uint4 x = philox(d.seed, d.stream, d.offset + i);
  const ulong first = (ulong)x.s0 | (ulong)x.s1 << 32, second = (ulong)x.s2 | (ulong)x.s3 << 32;
  const T u1 = ((T)(first >> 11) + 0.5) * 0x1p-53, u2 = (T)(second >> 11) * 0x1p-53;
#endif
  out[d.out_begin + i] = mean + deviation * (sqrt((T)-2 * log(u1)) * cospi((T)2 * u2));
}
#endif

__kernel IN_GROUPS void bernoulli_kernel(__global T* out, Draw d, ulong threshold) {
  const long i = get_global_id(0);
  if (i < d.count) out[d.out_begin + i] = (random_bits(d, d.offset + i) >> 32) < threshold ? 1 : 0;
}

#if defined(T_INTEGER) && !defined(T_bool)
__kernel IN_GROUPS void randint_kernel(__global T* out, Draw d, long low, ulong width) {
  const long i = get_global_id(0);
  if (i < d.count)
    out[d.out_begin + i] = (T)(low + (long)mul_hi(random_bits(d, d.offset + i), width));
}

// Fisher-Yates depends on itself: one work item does it all.
__kernel IN_GROUPS void permutation_kernel(__global T* out, Draw d) {
  if (get_global_id(0) != 0) return;
  __global T* p = out + d.out_begin;
  for (long i = 0; i < d.count; ++i) p[i] = (T)i;
  for (long j = d.count - 1; j > 0; --j) {
    const long k = (long)mul_hi(random_bits(d, d.offset + j), (ulong)(j + 1));
    const T kept = p[j];
    p[j] = p[k];
    p[k] = kept;
  }
}
#endif
