/**
 * Options that several commands share, in groups that picocli fills.
 *
 * <pre>
 *   --layers 4 --heads 4   ──▶ ModelSettings     ──▶ ModelConfig
 *   --stages 2 --split 5,7 ──▶ PipelineSettings  ──▶ PipelineLayout, GenerationLayout
 *   --top-p 0.9            ──▶ SamplingSettings  ──▶ Sampling
 *   batchSize 7 cannot …   ──▶ OptionNames       ──▶ --batch-size 7 cannot …
 * </pre>
 *
 * <p>A group holds no defaults of its own where the library has them: {@code over(defaults)} replaces only what was typed. The
 * constructors of the library's records check the values. May import cli.output, generate, data, engine, model and config; only
 * cli imports it.
 */
@NullMarked
package dev.trireme.cli.option;

import org.jspecify.annotations.NullMarked;
