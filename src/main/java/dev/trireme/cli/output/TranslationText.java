package dev.trireme.cli.output;

import dev.trireme.train.Translation;
import java.util.ArrayList;
import java.util.List;

/** Some translations as text. */
public final class TranslationText {
    private static final int SHOWN = 5;

    private TranslationText() {}

    public static List<String> lines(List<Translation> translations) {
        return lines(translations, true);
    }

    /**
     * Lines for people.
     *
     * @param translated whether they are translations; else they answer questions
     */
    public static List<String> lines(List<Translation> translations, boolean translated) {
        List<String> lines = new ArrayList<>();
        for (Translation translation : translations.subList(0, Math.min(SHOWN, translations.size()))) {
            lines.add("");
            lines.add((translated ? "source       " : "question     ") + translation.source());
            lines.add("reference    " + translation.reference());
            lines.add((translated ? "translation  " : "answer       ") + translation.translation());
        }
        lines.add("");
        return lines;
    }
}
