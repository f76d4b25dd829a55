/**
 * Ranks as processes: starts them, lets them meet, and says who failed.
 *
 * <pre>
 *   Launcher ──starts──▶ RankProcess ──▶ the job's main; of a TaskJob, TaskRank ──▶ RankTask
 *      ▲                                   │ RankEnvironment: who am I, where is rank 0
 *      │ how it ended, who failed          ▼
 *      └─────────────────────────────── Rendezvous ──▶ Agreement: is everything equal?
 *                                          │ ProcessGroup
 *                                          ▼
 *                                       parallel
 * </pre>
 *
 * <p>May import engine and config. Ranks are processes, not threads: a crash of one does not take the others' memory with
 * it, and the operating system tells who died. Nothing here retries: after a failure a group of ranks is dead for good,
 * so the job ends and names the first rank that failed.
 */
@NullMarked
package dev.trireme.launch;

import org.jspecify.annotations.NullMarked;
