package dev.trireme.engine;

/** What a stage holds its weights for. */
public enum Weights {
    /** Training: float32, with gradients and optimizer state. */
    TRAINABLE,
    /** Generation only: float32, and nothing else. */
    FLOAT32,
    /** Generation only: rounded to bfloat16, half the bytes; sums, activations, norms and biases stay float32. */
    BFLOAT16
}
