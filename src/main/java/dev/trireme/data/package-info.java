/**
 * Corpora, batches and BLEU: from text to tokens to batches.
 *
 * <pre>
 *   Phrasebook, TransDeEn ─┐
 *   .tsv, .jsonl, folder ──┴▶ Corpora ─▶ Splits ─▶ TranslationExamples ─▶ EpochBatches ─Prefetcher─▶ the training loop
 *                                          │               ▲
 *                                     BpeTrainer ─▶ Tokenizer ◀─▶ text that was generated ─▶ Bleu
 * </pre>
 *
 * <p>Imports only {@code config} and no native code of Trireme, so it is tested without a device. Randomness depends on
 * a seed and never on the number of ranks. Every rank holds all examples, so that it knows each global batch and its
 * total weight without communication, and takes its own rows; {@link dev.trireme.data.DataPartitioner} is the simple
 * alternative, a fixed part of the data for each rank.
 */
@NullMarked
package dev.trireme.data;

import org.jspecify.annotations.NullMarked;
