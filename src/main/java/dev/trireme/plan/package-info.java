/**
 * Which layout trains or generates best on a machine, and why: predicted, not tried.
 *
 * <pre>
 *   MachineFiles ──▶ Machine: memory, rates, links, each with its source
 * </pre>
 *
 * <p>May import {@code cost}, {@code parallel}, {@code launch}, {@code schedule}, {@code engine}, {@code model} and {@code config}.
 */
@NullMarked
package dev.trireme.plan;

import org.jspecify.annotations.NullMarked;
