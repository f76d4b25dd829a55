/**
 * Training of models on sentence pairs, texts, conversations and instructions, and their evaluation.
 *
 * <pre>
 *   TrainingRun.prepare ──folder──▶ Trainer.launch ─▶ TrainTask, one process a rank   ◀── Restarts, when one died
 *   Resumption.last ─────────┘
 *                                   Trainer.train  ─▶ this process           │
 *                                                                            ▼
 *          TrainingData ──Prefetcher──▶ TrainLoop: Replica.step, Replica.evaluate ──RunEvent──▶ metrics.jsonl, a screen
 *                                                                            ▼ rank 0
 *                         CheckpointWriter ─▶ checkpoints/step-N                ──▶ Resumption, later on
 *                                                       model/, Translation, ResultMetrics      ◀── Evaluator, later on
 * </pre>
 *
 * <p>May import task, machine, cost, parallel, launch, schedule, data, checkpoint, model and config; engine, for the stage, device and
 * micro-batches that a replica is made of; and generate, since a run ends with translations. {@code Preparation} finds
 * every error in settings and data before a rank starts; ranks only read the folder and compare hashes of it. A checkpoint is weights, running means and a {@link
 * dev.trireme.train.Progress}, since all randomness is counted from seed and step: any layout can go on from it. Only rank
 * 0 reports and writes. Ranks that another launcher starts learn of the run by {@link dev.trireme.train.SharedRun}.
 */
@NullMarked
package dev.trireme.train;

import org.jspecify.annotations.NullMarked;
