/**
 * What the pages of the experiments say, from their measurements.
 *
 * <pre>
 *   Trial: setting, prediction, result or failure ──▶ DataParallelPage, ModelParallelPage, PipelinePage, InferencePage ─┐
 *   LayoutResult, what the planner chooses ─────────▶ LayoutsPage ─────────────────────────────────────────────────────┼▶ report.Page
 *   the pages of all ───────────────────────────────▶ AllPage ─────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>May import {@code bench}, {@code report}, {@code plan}, {@code schedule}, {@code machine}, {@code engine}, {@code
 * model} and {@code config}. A page is made from whatever is measured so far: it is written again after each
 * measurement, so that one that fails or is stopped leaves what was there, and says what is missing.
 */
@NullMarked
package dev.trireme.bench.page;

import org.jspecify.annotations.NullMarked;
