package dev.trireme.engine;

/** What a forward pass is for. */
public enum Mode {
    /** Keeps activations, computes the loss and the gradient of the logits; dropout is on. */
    TRAIN,
    /** Computes the loss and keeps nothing. */
    EVALUATE,
    /** Computes hidden states for {@link Stage#logits}; no labels are needed. */
    INFER
}
