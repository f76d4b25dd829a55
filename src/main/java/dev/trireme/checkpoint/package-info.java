/**
 * Parameters on disk: safetensors files and Hugging Face folders, read strictly, written so that a crash loses nothing.
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
 * </pre>
 *
 * <p>May import engine, model and config. A file may come from anyone, so every number in it is checked before it is used, its
 * bytes are copied in bounded pieces and never mapped (a mapped file that someone shortens kills the process), and no
 * format that can run code is opened. What is written is synced before its name changes to the final one.
 */
@NullMarked
package dev.trireme.checkpoint;

import org.jspecify.annotations.NullMarked;
