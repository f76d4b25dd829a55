package dev.trireme.serve;

import dev.trireme.generate.Completion;
import dev.trireme.generate.TextRun;
import java.util.ArrayList;
import java.util.List;

/**
 * A token, and how probable it was.
 *
 * @param id of the token
 * @param logProbability in nats; NaN for the first of a prompt, which nothing comes before
 * @param best the most probable tokens at its place; empty unless asked for
 */
record Scored(int id, double logProbability, List<Completion.Ranked> best) {
    /** The first of a prompt. */
    static Scored first(int[] prompt) {
        return new Scored(prompt[0], Double.NaN, List.of());
    }

    static Scored of(Completion.Ranked token, List<Completion.Ranked> best) {
        return new Scored(token.id(), token.logProbability(), best);
    }

    /** Those of the prompt of a run that has ended. */
    static List<Scored> ofPrompt(TextRun run) {
        int[] prompt = run.request().prompt();
        List<Scored> scored = new ArrayList<>(List.of(first(prompt)));
        for (int i = 1; i < prompt.length; i++) {
            scored.add(new Scored(
                    prompt[i],
                    run.answer().promptLogProbabilities()[i - 1],
                    best(run.answer().promptBest(), i - 1)));
        }
        return scored;
    }

    /** Those of a choice of a run that has ended. */
    static List<Scored> ofChoice(TextRun run, int number) {
        Completion completion = run.answer().choices().get(number);
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < completion.ids().length; i++) {
            scored.add(new Scored(completion.ids()[i], completion.logProbabilities()[i], best(completion.best(), i)));
        }
        return scored;
    }

    private static List<Completion.Ranked> best(List<List<Completion.Ranked>> all, int token) {
        return all.isEmpty() ? List.of() : all.get(token);
    }
}
