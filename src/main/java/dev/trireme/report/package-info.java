/**
 * Reports that people look at: a page is a value, written as one HTML file that needs nothing else.
 *
 * <pre>
 *   Page: title, command, answers, Section*, machine, raw numbers
 *           Section: title, words, Block*       Chart (Axis × 2, Series*: Point*) │ Table │ Drawing (an SVG)
 *             │
 *             ├─ PageHtml ──▶ report.html    with uPlot, page.css and charts.js inside
 *             └─ toJson ────▶ report.json    the same numbers for programs
 * </pre>
 *
 * <p>May import {@code config}. Charts are uPlot's, not Chart.js's: it is a quarter of the size, which every page
 * carries, draws the tens of thousands of steps of a run at once, and leaves bars, error bars and tooltips to hooks of a
 * few lines. Everything else is HTML made here, so that a page can be read where scripts do not run; a page that is
 * served while its program runs fetches that HTML again.
 */
@NullMarked
package dev.trireme.report;

import org.jspecify.annotations.NullMarked;
