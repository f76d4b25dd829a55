/**
 * Settings of a run and types of failures: immutable records that are validated on construction.
 *
 * <pre>
 *   TrainConfig (ParallelConfig, LearningRateSchedule, OptimizerConfig) ──▶ train
 *   generation_config.json ──GenerationDefaults.read──▶ generate
 *   JsonFile: every strict JSON of others, with file and key in each refusal
 *   MicroBatch: what data collates and a stage takes
 *   AtomicFile, FileTree, Uninterrupted: files that are whole or not there, whatever interrupts
 * </pre>
 *
 * <p>Imports no other package, and every package may import it, so that a wrong number is refused once, by name, before
 * anything is allocated. Settings in files that Trireme does not implement are refused, never ignored. {@code Guard} is
 * here because owners of native memory in several packages use it, AtomicFile and FileTree because several packages write files.
 */
@NullMarked
package dev.trireme.config;

import org.jspecify.annotations.NullMarked;
