/**
 * The page of a training run, from what the run writes while it goes on.
 *
 * <pre>
 *   metrics.jsonl ──RunMetrics: the new lines──▶ RunPage ──▶ report.Page ──▶ OUT/report.html, or a live page
 *   timeline.svg ──────────────────────────────────┘
 * </pre>
 *
 * <p>May import {@code train}, {@code report}, {@code cost}, {@code machine} and {@code config}. A run need not have
 * ended: what it has said so far is what the page shows.
 */
@NullMarked
package dev.trireme.train.page;

import org.jspecify.annotations.NullMarked;
