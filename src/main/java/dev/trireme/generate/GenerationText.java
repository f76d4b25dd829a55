package dev.trireme.generate;

import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/** What a prompt is continued by, as its tokens come. */
final class GenerationText {
    private final Tokenizer tokenizer;
    private final int promptTokens;
    private final boolean follows; // else the text is decoded once, at the end
    private final AnswerText text;
    private Optional<Generation> generation = Optional.empty();

    /** @param onText given the text as it comes, up to a stop text */
    GenerationText(Tokenizer tokenizer, Request request, Optional<Consumer<String>> onText) {
        this.tokenizer = tokenizer;
        this.promptTokens = request.prompt().length;
        this.follows = onText.isPresent() || !request.options().stop().isEmpty();
        this.text = new AnswerText(tokenizer, request.options().stop(), onText.orElse(piece -> {}));
    }

    /** As {@link AnswerText#add}. */
    boolean add(int id) {
        return !follows || text.add(id);
    }

    Generation finish(Completion completion) {
        text.finish();
        Generation finished = new Generation(
                follows ? text.text() : tokenizer.decode(completion.ids()),
                Arrays.stream(completion.ids()).boxed().toList(),
                promptTokens,
                text.isStopped() ? StopReason.STOP_TEXT : completion.stop(),
                Arrays.stream(completion.logProbabilities()).boxed().toList());
        generation = Optional.of(finished);
        return finished;
    }

    /** Once it is finished. */
    Generation generation() {
        return generation.orElseThrow();
    }
}
