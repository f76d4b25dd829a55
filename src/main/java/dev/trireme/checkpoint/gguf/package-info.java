/**
 * Models of llama.cpp: one GGUF file, read strictly, becomes a Hugging Face folder.
 *
 * <pre>
 *   FILE.gguf                                       GgufImport
 *     keys     GgufHeader ─▶ GgufMetadata ─▶ GgufModel (LlamaFamily, Gpt2Family)  ─▶ config.json
 *                                         └▶ TokenizerFiles                       ─▶ tokenizer.json, …
 *     tensors  GgufFile ─▶ Dequantize ─▶ TensorValues (order of rows)             ─▶ model.safetensors
 * </pre>
 *
 * <p>May import checkpoint, engine and config. The values are those that gguf-py and transformers compute, to the bit; a
 * tokenizer is the one of the model's makers. A file may come from anyone: the rules of {@code checkpoint} hold here too.
 */
@NullMarked
package dev.trireme.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
