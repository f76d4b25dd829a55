package dev.trireme.parallel;

/** When the tasks of a schedule start. The results have the same bits. */
public enum Execution {
    /** Clock by clock: all tasks of a clock are submitted, then all are collected (Kim et al. 2020, section 2.2). */
    CLOCKED,
    /** Each device goes through its list and starts a task as soon as its inputs are there: faster, and the default. */
    EAGER
}
