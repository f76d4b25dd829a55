/**
 * Benchmarks of training and generation, beside the machine's limit in the same minute.
 *
 * <pre>
 *   DataParallelBench ─┐                        ┌▶ BenchRank × world size ──▶ BenchResult
 *                      │                        │    Replica.step: the trainer's own
 *                      │                        │    StepGemms: what its products alone would take
 *   InferenceBench ────┼─ TaskJob ──Launcher ───┼▶ InferenceRank ──▶ InferenceResult, InferencePlot
 *                      │                        │    LanguageModel.complete: the generator's own
 *                      │                        │    DecodeBytes: what a step must read
 *   PipelineBench ─────┘                        ├▶ CostRank ──▶ StageCosts
 *                                               └▶ PipelineRank ──▶ PipelineResult, timelines
 *                                                    Pipeline.train: the trainer's own, in turn on one stage
 * </pre>
 *
 * <p>May import {@code generate}, {@code cost}, {@code parallel}, {@code launch}, {@code schedule}, {@code machine},
 * {@code engine}, {@code model} and {@code config}. Every measurement runs in a process of its own, so that
 * measurements do not share threads or memory.
 */
@NullMarked
package dev.trireme.bench;

import org.jspecify.annotations.NullMarked;
