package dev.trireme.generate;

import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.model.HuggingFaceConfig;
import java.util.Arrays;
import java.util.List;

/** What texts ask of a model: to go on with them, to translate them, or to answer them. */
record TextRequests(Tokenizer tokenizer, HuggingFaceConfig config) {
    List<Request> toContinue(List<String> texts, GenerateOptions options) {
        return texts.stream()
                .map(text -> options.specialTokens()
                        ? tokenizer.encodePromptWithSpecialTokens(text)
                        : tokenizer.encodePrompt(text))
                .map(ids -> Request.of(ids, options))
                .toList();
    }

    /** For a model that was trained on source, end token, target, end token. */
    List<Request> toTranslate(List<String> sources, GenerateOptions options) {
        int end = config.specialTokens().end();
        if (end == SpecialTokens.ABSENT) {
            throw new IllegalArgumentException(
                    "the model has no end token, so it was not trained to translate; use generate");
        }
        return sources.stream()
                .map(source ->
                        options.specialTokens() ? tokenizer.encodeWithSpecialTokens(source) : tokenizer.encode(source))
                .map(ids -> translation(ids, end, options))
                .toList();
    }

    private Request translation(int[] source, int end, GenerateOptions options) {
        int positions = config.model().positions();
        int[] prompt = Arrays.copyOf(source, Math.min(source.length, positions - 1) + 1);
        prompt[prompt.length - 1] = end;
        int limit = Math.min(2 * source.length + 16, positions - prompt.length);
        return Request.of(prompt, Math.min(limit, options.maxNewTokens()), options);
    }

    /** Of prompts that are encoded, as far as the positions reach. */
    List<Request> toAnswer(List<int[]> prompts, int maxNewTokens) {
        int positions = config.model().positions();
        GenerateOptions options = GenerateOptions.upTo(maxNewTokens);
        return prompts.stream()
                .map(ids -> Arrays.copyOfRange(ids, Math.max(0, ids.length - positions), ids.length))
                .map(ids -> Request.of(ids, Math.min(maxNewTokens, positions - ids.length), options))
                .toList();
    }
}
