package dev.trireme.config;

/** In which order the gradients of a step's micro-batches are summed. */
public enum Summation {
    /** One after the other. */
    SEQUENCE,
    /** Along a fixed binary tree, whose subtrees are what ranks hold: the same bits in every layout. */
    TREE
}
