/**
 * Owns everything native: the libraries, the stages of a model, and the process groups.
 *
 * <pre>
 *   Stage ───────────▶ bindings (generated from core.h) ──▶ libtrireme ─┐
 *   ProcessGroup ────▶ presets of PyTorch: Gloo, NCCL ──────────────────┼▶ libtorch
 *   Store ───────────▶ presets of PyTorch: TCPStore ────────────────────┘
 *   NativeLibrary loads them ──▶ NativeCache repairs what JavaCPP extracted
 *   Device.require ──▶ CudaProblem: why a GPU cannot be used, from CudaLibrary (files), CudaDriver (driver), the loader
 * </pre>
 *
 * <p>May import model and config. It is the only package that uses {@code org.bytedeco} and {@code engine.bindings};
 * none of their types appears in its public signatures, except in {@code CorePresets}, which JavaCPP reads at build
 * time. Whoever opens a native object closes it; nothing waits for the garbage collector. A {@code Guard} protects each
 * native object, so that calls from any threads never overlap and never follow the close. Native errors arrive as
 * texts, and {@code NativeErrors} alone turns them into exceptions. Collectives do not check that ranks agree, so
 * {@code parallel} compares before the first one.
 */
@NullMarked
package dev.trireme.engine;

import org.jspecify.annotations.NullMarked;
