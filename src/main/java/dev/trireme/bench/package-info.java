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
 *   LayoutBench ── plan.Planner, then LayoutRank × 2 ──▶ LayoutResult: predicted beside measured
 * </pre>
 *
 * <p>May import {@code plan}, {@code generate}, {@code cost}, {@code parallel}, {@code launch}, {@code schedule}, {@code machine}, {@code engine}, {@code model} and {@code config}. Everything is
 * measured in a process of its own, so that threads, memory and 1 or 2 ranks differ in nothing else.
 */
@NullMarked
package dev.trireme.bench;

import org.jspecify.annotations.NullMarked;
