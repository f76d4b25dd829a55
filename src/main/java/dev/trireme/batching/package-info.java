/**
 * Decides what runs in the next iteration of generation: plain Java without a model, a thread or a clock, so that it can
 * be simulated.
 *
 * <pre>
 *   add ──▶ waiting ──admit──▶ running ──next──▶ Iteration: spans of tokens, decoding first, then chunks of prompts
 *              ▲                  │  ▲                 │
 *              └── no block left ─┘  └── complete ◀────┘   blocks that are full are shared from then on
 *
 *   Job      a request: one Branch, or several that go on in step (choices, beams)
 *   Branch   a text, and the blocks that hold the keys and values of its positions
 *   BlockPool   blocks in use, free, or kept in case that a text with the same beginning comes (BlockKey)
 * </pre>
 *
 * <p>May import config. Every text is a list of tokens that can be computed again, so a job that has to make room only
 * loses time.
 */
@NullMarked
package dev.trireme.batching;

import org.jspecify.annotations.NullMarked;
