/**
 * What commands print: results on standard output, progress and remarks on standard error.
 *
 * <pre>
 *   OutputMode ──▶ PlainProgress, LiveProgress   lines for a file, one redrawn line for a terminal
 *                  ResultPrinter                 the result alone
 *   JsonLine        one JSON object for programs
 *   BenchOutput ──▶ BenchTable, InferenceTable, PipelineTable
 *   Activity        names the current step of a slow command
 * </pre>
 *
 * <p>May import the packages whose results it prints: bench, train, generate, cost, schedule, checkpoint, data, engine, model
 * and config. Only cli and cli.option import it.
 */
@NullMarked
package dev.trireme.cli.output;

import org.jspecify.annotations.NullMarked;
