/**
 * Tokens and text out of a model.
 *
 * <pre>
 *   Generator      text ──Tokenizer──▶ ids                       TextStream, StopText ──▶ pieces of text
 *   LanguageModel         │                                          ▲
 *   Decoder               └▶ Sequence ──Growth: TokenByToken, BeamSearch──┐
 *   CacheRows                 prefill, then a token a step   │ Sampler ◀── LogitRows
 *   CachedModel                              openCache, extend, likeliest, logits: Stage, or a fake in tests
 * </pre>
 *
 * <p>May import parallel, data, checkpoint, config, and engine for the one stage that a model on one device is. Ids and
 * text are apart, because a model folder without a tokenizer can still be scored and continued. Only CacheRows knows how
 * texts lie in the cache; everything above it sees one text at a time, so what a text becomes cannot depend on its
 * neighbours.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
