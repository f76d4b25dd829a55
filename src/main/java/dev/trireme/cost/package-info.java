/**
 * Time and memory of stages, measured or predicted.
 *
 * <pre>
 *   CostMeter ──measures──▶ StageCosts ──▶ balanced splits, simulations        kept for a day in the user's cache
 *                           HostCosts: alone, and with every core busy ──▶ plan
 *   StageMemory ──the pipeline itself on stages that hold nothing──▶ bytes     before anything is allocated
 *   StepReport ◀── Timeline of a step ──▶ bubble, balance, exposed communication
 * </pre>
 *
 * <p>May import parallel, schedule, engine, model and config. Memory is not a second formula beside the core: the same
 * pipeline runs on stages that allocate nothing and count what they would hold.
 */
@NullMarked
package dev.trireme.cost;

import org.jspecify.annotations.NullMarked;
