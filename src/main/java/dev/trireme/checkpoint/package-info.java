/**
 * Model files: safetensors and Hugging Face folders, read strictly and written atomically.
 *
 * <pre>
 *                         ┌─────────── HuggingFaceFolder ───────────┐
 *   DIR/config.json       │ HuggingFaceConfig ─▶ ModelTensors       │
 *                         │                           ▼             │
 *   DIR/model.safetensors │ WeightFiles ───────▶ MatchedTensors     │
 *   or an index, shards   │                           ▼             │
 *                         │     ReadAhead: pieces of rows, float32 ─┼─▶ ParameterStore
 *   DIR/model.safetensors │ SafetensorsWriter ◀── whole tensors ────┼── (an engine)
 *   DIR/tokenizer.json    │ whoever saves                           │
 *                         └─── AtomicFolder: all of it, or none ────┘
 *   DIR/adapter_config.json, adapter_model.safetensors      AdapterFolder: low-rank updates, in PEFT's layout;
 *                                                           MergedParameters folds them into the model's tensors
 * </pre>
 *
 * <p>May import engine, model and config. Files are untrusted: every number in them is checked before use, bytes are
 * copied in bounded pieces and never mapped (truncating a mapped file kills the process), and no format that can run
 * code is opened. Files are synced before they get their final name.
 */
@NullMarked
package dev.trireme.checkpoint;

import org.jspecify.annotations.NullMarked;
