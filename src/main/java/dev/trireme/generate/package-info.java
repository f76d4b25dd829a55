/**
 * Tokens and text out of a model.
 *
 * <pre>
 *   Generator      text ──Tokenizer──▶ ids                       TextStream, StopText ──▶ pieces of text
 *   LanguageModel         │                                          ▲
 *   Decoder               └▶ Sequence, dealt to Groups that are InFlight at the same time, each with
 *   DecodingStrategy                     SamplingStrategy or BeamSearch ──────────────┐
 *   CacheSlots                  prefill, then a token a step  │ Sampler ◀── LogitRows
 *   CachedModel                openCache, extend, likeliest, logits: a fake in tests, or
 *   StageChain                   one cache on every CachedStage: a Stage, or a fake in tests
 * </pre>
 *
 * <p>May import cost, parallel, schedule, data, checkpoint, model, config, and engine for the stages that a model is cut into. Ids and text
 * are apart, because a model folder without a tokenizer can still be scored and continued. Only CacheSlots knows how texts
 * lie in the cache, and only StageChain how the model is cut; everything above them sees one text at a time, so what a text
 * becomes cannot depend on its neighbours or on the layout. A group is a thread that waits most of the time, because a
 * search that is written down as it goes is easier to read than one that is cut at every call of the model.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
