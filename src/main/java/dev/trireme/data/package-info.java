/**
 * Text to tokens to batches.
 *
 * <pre>
 *   Phrasebook, TransDeEn ─┐
 *   .tsv, .jsonl, folder ──┴▶ Corpora ─▶ Splits ─▶ TranslationExamples ─▶ EpochBatches ─Prefetcher─▶ the training loop
 *                                          │               ▲
 *                                     BpeTrainer ─▶ Tokenizer ◀─▶ text that was generated ─▶ Bleu
 * </pre>
 *
 * <p>Imports {@code config} alone, and no native code of ours: all of it runs and is tested without a device. Whatever
 * is random hangs on a seed and never on the number of ranks. Every rank holds all examples, so that each knows the
 * global batch (its total weight too) without asking the others, and takes its own rows of it;
 * {@link dev.trireme.data.DataPartitioner} is the plain form, a fixed part of the data for each rank.
 */
@NullMarked
package dev.trireme.data;

import org.jspecify.annotations.NullMarked;
