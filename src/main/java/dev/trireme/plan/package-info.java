/**
 * Which layout trains or generates best on a machine, and why: predicted, not tried.
 *
 * <pre>
 *   MachineFiles, ThisMachine ──▶ Machine: memory, rates, links, each with its source
 *
 *   Job, Machine ──▶ Planner ─┬─ Layouts: which there are
 *                             ├─ MeteredCosts: parts of the model, measured here │ RateCosts: from the machine's rates
 *                             ├─ MemoryModel: bytes, by cost.StageMemory
 *                             ├─ StepModel: schedule.Simulation, all-reduce, update │ GenerationModel
 *                             └──▶ Prediction of each ──▶ Plan, ranked ──▶ Reasons, PlanText, PlanPage
 * </pre>
 *
 * <p>A split is balanced by the costs that times come from, and a run is refused by the bytes that are predicted: nothing is
 * computed in two ways. No layout that is predicted runs first.
 *
 * <p>May import {@code cost}, {@code parallel}, {@code launch}, {@code schedule}, {@code engine}, {@code model} and {@code
 * config}; {@code report}, for its page.
 */
@NullMarked
package dev.trireme.plan;

import org.jspecify.annotations.NullMarked;
