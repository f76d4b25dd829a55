/**
 * The command line: each command turns its arguments into calls of the library, has the result printed, and ends with an exit
 * code.
 *
 * <pre>
 *   bin/trireme ──▶ Main ──┬─ train, evaluate   ──▶ train
 *                          ├─ generate, score   ──▶ generate
 *                          ├─ import            ──▶ checkpoint
 *                          ├─ corpus            ──▶ data
 *                          └─ doctor, bench     ──▶ machine, bench
 *                   cli.option   groups of options, as records of the library
 *                   cli.output   progress, tables and JSON
 *                   Failures     an exception as one line and an {@code ExitCode}
 * </pre>
 *
 * <p>May import every package but {@code engine.bindings}; no package imports it. Only the command line prints, and only it and the
 * launcher read the environment. What a Java program could use lives in another package.
 */
@NullMarked
package dev.trireme.cli;

import org.jspecify.annotations.NullMarked;
