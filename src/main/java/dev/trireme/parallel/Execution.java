package dev.trireme.parallel;

/** The rule by which tasks of a schedule start. Results have the same bits with both. */
public enum Execution {
    /** In clock cycles: all tasks of a cycle are submitted, then all are awaited (Kim et al. 2020, section 2.2). */
    CLOCKED,
    /** Each device starts the next task of its list as soon as its inputs are ready: faster, and the default. */
    EAGER
}
