/**
 * Tokens and text out of a model.
 *
 * <pre>
 *   text ──Generator: Tokenizer──▶ ids ──LanguageModel──▶ Stage (INFER) ──▶ Logits ──▶ next id ─┐
 *   text ◀──TextStream, whole characters── ids ◀────────────Sequence, until end or length───────┘
 * </pre>
 *
 * <p>May import parallel, data, checkpoint, config, and engine for the one stage that a model on one device is. Ids and
 * text are apart, because a model folder without a tokenizer can still be scored and continued. A step computes every
 * row anew; keys and values that are kept between steps belong into {@code LanguageModel.appendOne}.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
