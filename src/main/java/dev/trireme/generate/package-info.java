/**
 * Generation: requests to tokens and text, by one loop for each copy of the model.
 *
 * <pre>
 *   Chat                 what was said ──ChatTemplate──▶ text
 *   Generator            text ──TextRequests──▶ ids           GenerationText: TextStream, StopText ──▶ pieces of text
 *   LanguageModel                │                                    ▲
 *   ─────────────────────────────┼────────────────────────────────────┼──
 *   Engine                       └▶ Request ─▶ Handle                 │ RequestListener, Answer
 *   DecodeLoop                admit ─▶ choose ─▶ run ─▶ sample ─▶ emit ─▶ EndedRequests
 *   batching.Scheduler          which tokens of which Job and Branch, in which blocks: an Iteration
 *   Course                      what is asked of them: ChoiceRules of Samples or BeamSearch; and what becomes of the replies
 *   Pass                        an iteration as TokenRows, and its Choices
 *   StageRunner, Worker         through the stages, each on the thread of its device
 *   EngineCopy                  the copy's stages (ModelCopy; tests have a fake)
 *   engine.KeyValueCache        extend, copy, choose: C++
 * </pre>
 *
 * <p>May import batching, cost, parallel, schedule, chat, data, checkpoint, model, config, and engine for the stages that
 * a model is cut into. Ids and text are separate layers, because a model without a tokenizer can still score and continue
 * ids. Below the line nine
 * classes act between a prompt's ids and its tokens, from Engine to KeyValueCache; what they hand on are Request, Job, Branch,
 * Iteration, TokenRows, ChoiceRule and Choices. A request is its tokens and a seed: it may wait,
 * be cut into chunks, lose its blocks, and go on on another copy, without a changed bit, because the kernels give a
 * sequence the same numbers whatever is computed beside it, and random numbers depend on seed, prompt, choice and place
 * alone. Logits stay in C++, unless a request asks for those of its prompt.
 */
@NullMarked
package dev.trireme.generate;

import org.jspecify.annotations.NullMarked;
