/**
 * Generation: prompts to tokens and text.
 *
 * <pre>
 *   Generator          text ──Tokenizer──▶ ids                    TextStream, StopText ──▶ pieces of text
 *   LanguageModel             │                                       ▲
 *   Decoder                   └▶ Sequences, dealt to DecodeGroups that are InFlight at the same time
 *   DecodingStrategy             SamplingStrategy or BeamSearch ──────┘
 *   CacheSlots                   prefill, then a token a step   │ Sampler ◀── LogitRows
 *   CachedModel                  openCache, extend, argmax, logits: a fake in tests, or
 *   StageChain                   one cache on every CachedStage: a Stage, or a fake in tests
 * </pre>
 *
 * <p>May import cost, parallel, schedule, data, checkpoint, model, config, and engine for the stages that a model is
 * cut into. Ids and text are separate layers, because a model without a tokenizer can still score and continue ids.
 * Only CacheSlots knows the slots of sequences, and only StageChain the stages; code above them sees one sequence at a
 * time, so its tokens cannot depend on its neighbours or on the layout. A group is a thread that mostly waits, because
 * a search written as straight code is easier to read than one that is split at every call of the model.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
