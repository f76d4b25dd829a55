package dev.trireme.plan;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a device holds, by what it is for.
 *
 * @param weights parameters
 * @param gradients of them
 * @param optimizer moments, and a float32 copy of weights where these are narrower
 * @param activations that backward needs, and scratch
 * @param logits of the labels in flight
 * @param cache keys and values of generation
 */
public record DeviceBytes(long weights, long gradients, long optimizer, long activations, long logits, long cache) {
    /**
     * Everything.
     *
     * @return bytes
     */
    public long total() {
        return weights + gradients + optimizer + activations + logits + cache;
    }

    /**
     * By name.
     *
     * @return the parts, in order
     */
    public Map<String, Long> parts() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", weights);
        parts.put("gradients", gradients);
        parts.put("optimizer", optimizer);
        parts.put("activations", activations);
        parts.put("logits", logits);
        parts.put("KV cache", cache);
        return parts;
    }

    /** What takes most. */
    String binding() {
        return parts().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow();
    }

    DeviceBytes plus(DeviceBytes other) {
        return new DeviceBytes(
                weights + other.weights,
                gradients + other.gradients,
                optimizer + other.optimizer,
                activations + other.activations,
                logits + other.logits,
                cache + other.cache);
    }

    static final DeviceBytes NONE = new DeviceBytes(0, 0, 0, 0, 0, 0);
}
