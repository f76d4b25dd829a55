/**
 * Import of llama.cpp's models: converts a GGUF file, read strictly, to a Hugging Face folder.
 *
 * <pre>
 *   FILE.gguf                                       GgufImport
 *     keys     GgufHeader ─▶ GgufMetadata ─▶ GgufModel (LlamaFamily, Gpt2Family)  ─▶ config.json
 *                                         └▶ TokenizerFiles                       ─▶ tokenizer.json, …
 *     tensors  GgufFile ─▶ Dequantize ─▶ TensorValues (order of rows)             ─▶ model.safetensors
 * </pre>
 *
 * <p>May import checkpoint, engine and config. Values equal those of gguf-py and transformers to the bit, and
 * tokenizers those of the original models. Files are untrusted; the rules of {@code checkpoint} hold here too.
 */
@NullMarked
package dev.trireme.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
