/**
 * Verification that all layouts give the same bits.
 *
 * <pre>
 *   1x1 ─▶ processes: VerifyRank ─▶ hashes of every parameter after every step, model.safetensors ─▶ Trace ─┐
 *   2x2 ─▶ processes: VerifyRank ─▶ …                                                             ─▶ Trace ─┴▶ Comparison
 * </pre>
 *
 * <p>May import {@code parallel}, {@code launch}, {@code checkpoint}, {@code engine}, {@code model} and {@code config}.
 * Layouts run as real processes with sockets, and only their files are compared, so no shared state can hide a
 * difference.
 */
@NullMarked
package dev.trireme.verify;

import org.jspecify.annotations.NullMarked;
