/**
 * What a model, a run and a failure are, as immutable records that are checked where they are made.
 *
 * <pre>
 *   config.json ──HuggingFaceConfig.read──▶ ModelConfig + SpecialTokens ──▶ engine, checkpoint, train, generate
 *               ◀──HuggingFaceConfig.toJson──
 *   a run's config.json ◀──RunConfig──▶ ModelConfig + TrainConfig (ParallelConfig, LearningRateSchedule) ──▶ train
 * </pre>
 *
 * <p>Imports nothing of ours: every other package may lean on it, so that a wrong number is refused once, with its
 * name, before anything is allocated. What a file says but Trireme does not compute is refused too, never ignored. {@code
 * Guard} is here for the same reason: all that own native memory, of whatever package, are used through one.
 */
@NullMarked
package dev.trireme.config;

import org.jspecify.annotations.NullMarked;
