package dev.trireme.verify;

import java.util.List;

/**
 * What a layout left behind, beside its weights.
 *
 * @param parameters names, in an order of its own
 * @param hashes for each step, of each parameter's bytes after it
 * @param losses of each step
 * @param tokensPerSecond of the median step
 */
record Trace(List<String> parameters, List<List<String>> hashes, List<Double> losses, double tokensPerSecond) {
    Trace {
        parameters = List.copyOf(parameters);
        hashes = hashes.stream().map(List::copyOf).toList();
        losses = List.copyOf(losses);
    }

    String hash(int step, String parameter) {
        return hashes.get(step).get(parameters.indexOf(parameter));
    }
}
