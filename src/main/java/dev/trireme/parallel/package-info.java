/**
 * Pipeline and data parallelism: a pipeline of stages in each replica, and replicas that stay equal to the bit.
 *
 * <pre>
 *   Pipelines: settings ──▶ Pipeline                  Replica.step
 *                             │ Schedule                │ Pipeline.train: forward, backward
 *                             ▼                         │ all-reduce over launch.Rendezvous' groups
 *  StageTasks ─▶ TaskRun ──▶ Worker for each device     ▼ Pipeline.update
 * </pre>
 *
 * <p>May import launch, schedule, engine, model and config. A single device is a replica with one stage. A failed task is
 * named by stage, direction and micro-batch; the other devices stop, and the pipeline can take another step.
 */
@NullMarked
package dev.trireme.parallel;

import org.jspecify.annotations.NullMarked;
