/**
 * Facts about this machine, for reports beside measurements and for diagnosing failures.
 *
 * <pre>
 *   /proc, folders of the loader, class path ──▶ Machine      beside every measurement
 *   native library, its cache ─────────────────▶ Diagnosis    {@code trireme doctor}
 * </pre>
 *
 * <p>May import {@code engine} and {@code config}. It is not part of the command line so that a service can log it too.
 */
@NullMarked
package dev.trireme.machine;

import org.jspecify.annotations.NullMarked;
