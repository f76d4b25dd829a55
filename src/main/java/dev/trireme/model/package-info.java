/**
 * Model architectures as values, and the {@code config.json} of each family.
 *
 * <pre>
 *   config.json ──HuggingFaceConfig.read──▶ Families ──▶ Gpt2, Llama, … ──▶ ModelConfig ──▶ engine, checkpoint, train, generate
 *               ◀──HuggingFaceConfig.toJson──
 *
 *   ModelConfig = ModelSizes + Architecture (norm, positions, attention, MLP, tying) + DropoutConfig + InitialWeights
 *               + FileFormat (names of tensors) + Tuning (what is trained: LoraConfig or Freezing)
 * </pre>
 *
 * <p>Nothing outside this package asks which family a model is of: layers, checkpoints and memory follow from the values.
 * To add a family: write a class that implements {@link dev.trireme.model.Family}, with its keys, names and defaults; name it
 * in {@link dev.trireme.model.Families}; prove it against golden files of transformers in {@code ParityTest}.
 *
 * <p>Imports only {@code config}. Settings in files that Trireme does not implement are refused, never ignored.
 */
@NullMarked
package dev.trireme.model;

import org.jspecify.annotations.NullMarked;
