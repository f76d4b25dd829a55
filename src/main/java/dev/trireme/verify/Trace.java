package dev.trireme.verify;

import java.util.List;

/**
 * The trace of a layout's training: hashes and losses of each step.
 *
 * @param parameters names, in the order of the hashes
 * @param hashes for each step, the hash of each parameter's bytes after it
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
