package dev.trireme.engine;

/** What a forward pass is for. */
public enum Mode {
    /** Keeps activations, computes the loss and the gradient of the logits; dropout is on. */
    TRAIN,
    /** As {@link #TRAIN}, but keeps only what enters and leaves the stage; backward runs forward again (Chen et al. 2016). */
    CHECKPOINT,
    /** Computes the loss and keeps nothing. */
    EVALUATE
}
