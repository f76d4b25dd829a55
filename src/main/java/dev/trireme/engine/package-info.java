/**
 * Owns everything native: the libraries, the stages of a model, and the groups of ranks that reduce together.
 *
 * <pre>
 *   Stage ───────────▶ bindings (generated from core.h) ──▶ libtrireme ─┐
 *   ProcessGroup ────▶ presets of PyTorch: Gloo, NCCL ──────────────────┼▶ libtorch
 *   Store ───────────▶ presets of PyTorch: TCPStore ────────────────────┘
 *   NativeLibrary loads them ──▶ NativeCache repairs what JavaCPP extracted
 * </pre>
 *
 * <p>May import model and config; the only package that sees {@code org.bytedeco} and {@code engine.bindings}, and but for
 * {@code CorePresets}, which JavaCPP reads at build time, none of their types shows in its public signatures. Whoever
 * opens something native closes it: nothing here waits for the garbage collector. A {@code Guard} stands before each of these,
 * so that whatever threads do, no call comes after the close and none runs into another. Native errors arrive as texts, and
 * {@code NativeErrors} alone turns them into exceptions. Collectives do not check that ranks agree, so {@code
 * parallel} compares before the first one.
 */
@NullMarked
package dev.trireme.engine;

import org.jspecify.annotations.NullMarked;
