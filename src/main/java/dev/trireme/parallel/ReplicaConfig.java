package dev.trireme.parallel;

import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.launch.Rendezvous;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of replicas.
 *
 * @param optimizer constants of AdamW
 * @param seed of dropout
 * @param timeout how long a collective may take, {@link Rendezvous#DEFAULT_TIMEOUT} unless there is a reason
 * @param reduction how gradients are averaged; {@code PER_PARAMETER} is the classic {@code averageGradients}
 * @param fingerprint further values that must be equal on all ranks, by name: model, data, batch size
 */
public record ReplicaConfig(
        OptimizerConfig optimizer, long seed, Duration timeout, Reduction reduction, Map<String, String> fingerprint) {
    /** Copies the fingerprint. */
    public ReplicaConfig {
        NullChecks.require(
                "optimizer", optimizer, "timeout", timeout, "reduction", reduction, "fingerprint", fingerprint);
        fingerprint = Map.copyOf(fingerprint);
    }

    /** All values that ranks compare. */
    Map<String, String> fingerprint(String reductionPlan, long weights) {
        Map<String, String> all = new TreeMap<>(fingerprint);
        all.put("optimizer", optimizer.toString());
        all.put("seed", Long.toString(seed));
        all.put("reduction", reduction + " " + reductionPlan);
        all.put("hash of the weights", Long.toHexString(weights));
        return all;
    }
}
