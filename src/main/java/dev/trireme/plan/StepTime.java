package dev.trireme.plan;

/**
 * What a step, or a whole generation, is predicted to take.
 *
 * @param seconds of a training step, or of all tokens of all prompts
 * @param firstTokenSeconds from the prompts to their first tokens; 0 for training
 * @param tokenSeconds between two tokens of a sequence; 0 for training
 * @param bubble share of the devices' time, from the first task to the last, in which they run none
 * @param updateSeconds of norm and optimizer, in {@code seconds}
 * @param volumeBytes that one device sends in a step or a generation: all-reduce, and activations to its neighbour
 * @param communicationSeconds of a training step: that this takes; of a generation: of all groups, over all stages
 * @param exposedSeconds of them that computing does not hide, in {@code seconds}
 */
public record StepTime(
        double seconds,
        double firstTokenSeconds,
        double tokenSeconds,
        double bubble,
        double updateSeconds,
        double volumeBytes,
        double communicationSeconds,
        double exposedSeconds) {}
