/**
 * Text to ids and back, and byte-level BPE training.
 *
 * <pre>
 *   tokenizer.json ──TokenizerFile, TokenizerComponents, TokenizerPattern: is it safe?──▶ Tokenizer ──▶ ids, text
 *   texts ──WordSplitter──▶ BpeTrainer ──▶ BpeModel ──▶ tokenizer.json
 * </pre>
 *
 * <p>May import data and config. The native tokenizer library ends the process on some inputs, so a file of a stranger is
 * checked in Java before native code sees it.
 */
@NullMarked
package dev.trireme.data.tokenizer;

import org.jspecify.annotations.NullMarked;
