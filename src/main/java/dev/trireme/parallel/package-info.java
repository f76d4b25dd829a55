/**
 * Runs a model on many devices: starts ranks, lets them meet, and keeps their copies of the model equal.
 *
 * <pre>
 *   Launcher ──starts──▶ RankProcess ──▶ the job's main
 *                                          │ RankEnvironment: who am I, where is rank 0
 *                                          ▼
 *                                        Rendezvous ──▶ Agreement: is everything equal?
 *                                          │ ProcessGroup
 *                                          ▼
 *                                        Replica.step: forward, backward, average, update
 * </pre>
 *
 * <p>May import engine, plan, model and config. Ranks are processes, not threads: a crash of one does not take the others'
 * memory with it, and the operating system tells who died. Nothing here retries: after a failure a group of ranks is
 * dead for good, so the job ends, names the first rank that failed, and starts anew.
 */
@NullMarked
package dev.trireme.parallel;

import org.jspecify.annotations.NullMarked;
