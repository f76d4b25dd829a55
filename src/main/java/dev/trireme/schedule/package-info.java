/**
 * Splits, pipeline schedules and timelines, as values.
 *
 * <pre>
 *   layers ──DeviceMap (even, 3.5,0.5, balanced by StageCosts)──▶ LayerRange of each stage ──▶ parallel
 *
 *   Schedules ──┐                ┌──▶ parallel runs it ──▶ Timeline, measured ──┐
 *               ├──▶ Schedule ───┤                                              ├──▶ TimelineSvg, ChromeTrace
 *   ScheduleText┘   (checked)    └──▶ Simulation       ──▶ Timeline, in theory ─┤
 *                                                                               └──▶ ScheduleGrid
 *   SearchProblem ──ScheduleSearch──▶ FoundSchedule: a Schedule, the fastest named one's time, a bound
 * </pre>
 *
 * <p>May import {@code config} only. A schedule is validated on construction: it is complete, ordered and free of
 * deadlock, so that code that runs one needs no checks. Nothing here starts a thread or uses a model; a schedule can be
 * drawn, tested as a literal list and simulated on any machine.
 */
@NullMarked
package dev.trireme.schedule;

import org.jspecify.annotations.NullMarked;
