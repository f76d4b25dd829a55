/**
 * What a run and a failure are, as immutable records that are checked where they are made.
 *
 * <pre>
 *   TrainConfig (ParallelConfig, LearningRateSchedule, OptimizerConfig) ──▶ train
 *   generation_config.json ──GenerationDefaults.read──▶ generate
 *   JsonFile: every strict JSON of others, with file and key in each refusal
 * </pre>
 *
 * <p>Imports nothing of ours: every other package may lean on it, so that a wrong number is refused once, with its
 * name, before anything is allocated. What a file says but Trireme does not compute is refused too, never ignored. {@code
 * Guard} is here for the same reason: all that own native memory, of whatever package, are used through one.
 */
@NullMarked
package dev.trireme.config;

import org.jspecify.annotations.NullMarked;
