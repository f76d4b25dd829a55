/**
 * Kinds of data to train on: found, split, encoded, kept, and put into rows.
 *
 * <pre>
 *   .txt, folders ─┐                              RUN/data/*.jsonl
 *   {"text"}       ├▶ DocumentSource ─▶ Parts ──▶ train, validation, test
 *   {"messages"}   │  one text a line                │ CorpusEncoder: ids, and which are learned
 *   {"prompt"}    ─┘                                 ▼
 *                                     EncodedCorpus: memory-mapped files in the user's cache
 *                                                    │ TextRows: cut without padding
 *                                                    │ PackedRows: short ones side by side, unseen by each other
 *                                                    ▼
 *                                               ExampleRows ──▶ data.EpochBatches
 * </pre>
 *
 * <p>May import chat, data and config. Pairs of sentences go another way, by {@code data.Corpora}, to the same rows. No
 * more than some megabytes of a corpus are in Java's memory at a time.
 */
@NullMarked
package dev.trireme.task;

import org.jspecify.annotations.NullMarked;
