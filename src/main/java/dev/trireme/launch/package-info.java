/**
 * Ranks as processes: launcher, rendezvous, agreement, and reports of failed ranks.
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
 * <p>May import engine and config. Ranks are processes, not threads: a crash of one leaves the others' memory intact,
 * and the operating system reports which one died. Nothing here retries: after a failure a process group is unusable,
 * so the job ends and names the first rank that failed. Whoever has a checkpoint may start it again.
 */
@NullMarked
package dev.trireme.launch;

import org.jspecify.annotations.NullMarked;
