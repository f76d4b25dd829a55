#pragma once
#include <cstdint>
#include <initializer_list>

/// Functions are static, because files for several instruction sets include them and the linker must not merge them.
///
/// Counter-based dropout: the mask is a hash of (key, sample, index). There is no generator state, so the mask is the same in every layout,
/// and backward recomputes it instead of storing it.
namespace trireme {

/// 32-bit avalanche hash (multiply, xor-shift; the constants of Wellons' "lowbias32").
static inline uint32_t dropout_hash(uint32_t x) {
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  return x ^ (x >> 15);
}

/// `sample` is the row's number within the global batch, `index` the element's within the sample, modulo 2^32:
/// t * C + c of an activation (T, C), and `attention_index` of a probability. Neither depends on how rows were padded.
static inline uint32_t dropout_bits(uint64_t key, uint32_t sample, uint32_t index) {
  return dropout_hash(dropout_hash(index ^ static_cast<uint32_t>(key)) + sample * 0x9e3779b9u + static_cast<uint32_t>(key >> 32));
}

/// Index of the attention probability of head h, query q and key k.
static inline uint32_t attention_index(uint32_t h, uint32_t q, uint32_t k) {
  return (((h << 12) + q) << 12) + k;
}

/// Elements whose bits are below this are dropped.
static inline uint32_t dropout_threshold(double probability) {
  return static_cast<uint32_t>(probability * 4294967296.0);
}

/// One 64-bit key from (seed, step, layer, site), by the finaliser of SplitMix64 (Steele et al. 2014).
static inline uint64_t dropout_key(int64_t seed, int64_t step, int64_t layer, int64_t site) {
  uint64_t z = 0;
  for (int64_t part : {seed, step, layer, site}) {
    z += static_cast<uint64_t>(part) + 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
  }
  return z;
}

}  // namespace trireme
