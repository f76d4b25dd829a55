/**
 * Whether layouts give the same bits.
 *
 * <pre>
 *   1x1 ─▶ processes: VerifyRank ─▶ hashes of every parameter after every step, model.safetensors ─▶ Trace ─┐
 *   2x2 ─▶ processes: VerifyRank ─▶ …                                                             ─▶ Trace ─┴▶ Comparison
 * </pre>
 *
 * <p>May import {@code parallel}, {@code launch}, {@code checkpoint}, {@code engine}, {@code model} and {@code config}. Layouts are real ones, with
 * processes and sockets, and only what they wrote is compared: nothing is shared that could hide a difference.
 */
@NullMarked
package dev.trireme.verify;

import org.jspecify.annotations.NullMarked;
