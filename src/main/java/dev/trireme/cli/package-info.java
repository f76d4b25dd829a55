/**
 * The command line: turns arguments into calls of the library, prints what they give, and ends with an exit code.
 *
 * <pre>
 *   bin/trireme ──▶ Main ──┬─ train, evaluate       ──▶ train
 *                          ├─ generate, score       ──▶ generate
 *                          ├─ import                ──▶ checkpoint
 *                          ├─ corpus                ──▶ data
 *                          └─ doctor, bench         ──▶ machine, bench
 *                   Failures: exception ──▶ one line and an {@code ExitCode}
 *                   OptionNames: components of the library's records ──▶ options as they are typed
 *                   Activity: a step that lasts ──▶ one line on standard error
 * </pre>
 *
 * <p>May import everything but {@code engine.bindings}; nothing imports it. It is the only package that prints and, beside
 * the launcher, the only one that reads the environment. What a Java program could want lives elsewhere.
 */
@NullMarked
package dev.trireme.cli;

import org.jspecify.annotations.NullMarked;
