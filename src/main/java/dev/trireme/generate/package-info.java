/**
 * Generation: requests to tokens and text, by one loop for each copy of the model.
 *
 * <pre>
 *   Generator       text ──Tokenizer──▶ ids                TextStream, StopText ──▶ pieces of text
 *   LanguageModel           │                                    ▲
 *   Engine                  └▶ Request ─▶ Handle                 │ RequestListener, Answer
 *   DecodeLoop              admit ─▶ choose ─▶ run ─▶ sample ─▶ emit
 *   batching.Scheduler        which tokens of which Job, in which blocks: an Iteration
 *   Course                    what is asked of them: Samples, or BeamSearch; and what becomes of the replies
 *   Pass, StageRunner         through the stages, each on the Worker of its device
 *   ModelCopy                 extend, copy, choose: a fake in tests, or the engine's KeyValueCaches ─▶ Choices
 * </pre>
 *
 * <p>May import batching, cost, parallel, schedule, chat, data, checkpoint, model, config, and engine for the stages that
 * a model is cut into. Ids and text are separate layers, because a model without a tokenizer can still score and continue
 * ids. A prompt is on its way to its tokens through these twelve types. A request is its tokens and a seed: it may wait,
 * be cut into chunks, lose its blocks, and go on on another copy, without a changed bit, because the kernels give a
 * sequence the same numbers whatever is computed beside it, and random numbers depend on seed, prompt, choice and place
 * alone. Logits stay in C++, unless a request asks for those of its prompt.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
