/**
 * Benchmarks of training and generation, beside the machine's limit in the same minute.
 *
 * <pre>
 *   DataParallelBench ─┐                        ┌▶ BenchRank × world size ──▶ BenchResult
 *                      │                        │    Replica.step: the trainer's own; EpochMeter: where its time went
 *                      │                        │    StepGemms: what its products alone would take
 *   InferenceBench ────┼─ TaskJob ──Launcher ───┼▶ InferenceRank ──▶ InferenceResult
 *                      │                        │    LanguageModel.complete: the generator's own
 *                      │                        │    DecodeBytes: what a step must read
 *   PipelineBench ─────┘                        ├▶ CostRank ──▶ StageCosts
 *                                               └▶ PipelineRank ──▶ PipelineResult, timelines
 *                                                    Pipeline.train: the trainer's own, in turn on one stage
 *   LayoutBench ── plan.Planner, then LayoutRank × 2 ──▶ LayoutResult: predicted beside measured
 * </pre>
 *
 * <p>May import {@code plan}, {@code generate}, {@code cost}, {@code parallel}, {@code launch}, {@code schedule}, {@code
 * machine}, {@code engine}, {@code model} and {@code config}; {@code data}, whose prefetcher loads batches as in
 * training. Everything is measured in a process of its own, so that threads, memory and 1 or 2 ranks differ in nothing
 * else. What the figures say on a page is said in {@code bench.page}.
 */
@NullMarked
package dev.trireme.bench;

import org.jspecify.annotations.NullMarked;
