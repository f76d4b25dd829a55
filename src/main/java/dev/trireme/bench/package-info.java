/**
 * Measures training as it runs, beside the limit of the machine in the same minute.
 *
 * <pre>
 *   DataParallelBench ──Launcher──▶ BenchRank × world size ──▶ BenchResult
 *                                     Replica.step: the trainer's own
 *                                     StepGemms: what its products alone would take
 * </pre>
 *
 * <p>May import {@code parallel}, {@code machine}, {@code engine} and {@code config}. One rank is a process of its own like
 * any other number, so that 1 and 2 ranks differ in nothing else.
 */
@NullMarked
package dev.trireme.bench;

import org.jspecify.annotations.NullMarked;
