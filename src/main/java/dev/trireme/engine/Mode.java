package dev.trireme.engine;

/** The purpose of a forward pass. */
public enum Mode {
    /** Keeps activations, computes the loss and the gradient of the logits; dropout is on. */
    TRAIN,
    /**
     * Activation checkpointing: as {@link #TRAIN}, but keeps only the input and output of the stage; backward
     * recomputes the activations (Chen et al. 2016).
     */
    CHECKPOINT,
    /** Computes the loss and keeps nothing. */
    EVALUATE
}
