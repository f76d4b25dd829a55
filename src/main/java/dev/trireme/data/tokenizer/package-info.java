/**
 * Tokenizers: encoding, decoding, and byte-level BPE training.
 *
 * <pre>
 *   tokenizer.json ──TokenizerFile, TokenizerComponents, TokenizerPattern: is it safe?──▶ Tokenizer ──▶ ids, text
 *   texts ──WordSplitter──▶ BpeTrainer ──▶ BpeModel ──▶ tokenizer.json
 * </pre>
 *
 * <p>May import data and config. The native tokenizer library ends the process on some inputs, so untrusted files are
 * checked in Java before native code reads them.
 */
@NullMarked
package dev.trireme.data.tokenizer;

import org.jspecify.annotations.NullMarked;
