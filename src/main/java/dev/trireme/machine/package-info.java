/**
 * What this machine has and lacks, for reports beside a figure and for finding out why something does not work.
 *
 * <pre>
 *   /proc, folders of the loader, class path ──▶ Machine      beside every measurement
 *   native library, its cache ─────────────────▶ Diagnosis    {@code trireme doctor}
 * </pre>
 *
 * <p>May import {@code engine} and {@code config}. It is apart from the command line because a service wants to log it too.
 */
@NullMarked
package dev.trireme.machine;

import org.jspecify.annotations.NullMarked;
