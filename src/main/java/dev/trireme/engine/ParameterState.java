package dev.trireme.engine;

/** What a stage keeps of each parameter from step to step, in the parameter's shape. */
public enum ParameterState {
    /** The values themselves. */
    WEIGHT,
    /** AdamW's running mean of the gradients; 0 before the first update. */
    MEAN,
    /** AdamW's running mean of the squared gradients; 0 before the first update. */
    VARIANCE
}
