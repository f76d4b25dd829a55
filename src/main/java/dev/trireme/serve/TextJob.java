package dev.trireme.serve;

import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import java.util.List;
import java.util.Optional;

/**
 * What a call asks the engine for.
 *
 * @param requests one a prompt
 * @param options of the call
 * @param shape of its answer
 */
record TextJob(List<Request> requests, TextOptions options, Shape shape) {
    /**
     * The same, with the log-probability of each new token, and of a prompt alone of its own tokens: a receipt has them,
     * and would prove nothing else.
     */
    TextJob withLogProbabilities() {
        return new TextJob(requests.stream().map(TextJob::scored).toList(), options, shape);
    }

    private static Request scored(Request request) {
        boolean alone = request.maxNewTokens() == 0;
        return new Request(
                request.prompt(),
                request.maxNewTokens(),
                request.options().withLogProbabilities(true),
                alone ? Request.PromptOutput.LOG_PROBABILITIES : request.promptOutput(),
                request.salt(),
                request.adapter(),
                request.masks());
    }

    static GenerateOptions options(TextOptions options, int maxNewTokens, boolean logProbabilities, int best) {
        return GenerateOptions.upTo(maxNewTokens)
                .withSampling(options.sampling())
                .withChoices(options.choices())
                .withLogProbabilities(logProbabilities)
                .withBest(best);
    }

    /** The room for an answer: what was asked for, or all that the positions leave. */
    static int room(TextModel model, int[] prompt, Optional<Integer> asked, int usual) {
        try {
            return model.room(prompt.length, asked, usual);
        } catch (IllegalArgumentException e) {
            throw ApiException.tooLong("messages", String.valueOf(e.getMessage()));
        }
    }
}
