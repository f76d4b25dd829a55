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
    /** Those of a prompt. */
    static List<Scored> ofPrompt(int[] prompt, double[] logProbabilities) {
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < prompt.length; i++) {
            scored.add(new Scored(prompt[i], i == 0 ? Double.NaN : logProbabilities[i - 1], List.of()));
        }
        return scored;
    }

    /** Those of a choice of a run that has ended. */
    static List<Scored> ofChoice(TextRun run, int number) {
        Completion completion = run.answer().choices().get(number);
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < completion.ids().length; i++) {
            scored.add(new Scored(
                    completion.ids()[i],
                    completion.logProbabilities()[i],
                    completion.best().isEmpty() ? List.of() : completion.best().get(i)));
        }
        return scored;
    }
}
