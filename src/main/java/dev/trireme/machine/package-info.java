/**
 * Facts about this machine, for reports beside measurements and for diagnosing failures.
 *
 * <pre>
 *   /proc ────────────────────────────────────▶ Machine            beside every measurement
 *   native library, its cache, NVIDIA's driver,
 *   folders of the loader, class path ────────▶ Diagnosis, Gpus    {@code trireme doctor}
 *   CudaWheel: what is pinned ──── Pip ───────▶ CudaInstallation   {@code trireme doctor --install-cuda}
 * </pre>
 *
 * <p>May import {@code engine} and {@code config}. It is not part of the command line so that a service can log it too.
 */
@NullMarked
package dev.trireme.machine;

import org.jspecify.annotations.NullMarked;
