package dev.trireme.engine;

/** Purpose and type of a stage's weights. */
public enum Weights {
    /** For training: float32, with gradients and optimizer state. */
    TRAINABLE,
    /** For generation only: float32. */
    FLOAT32,
    /** For generation only: rounded to bfloat16, half the bytes. Sums, activations, norms and biases stay float32. */
    BFLOAT16
}
