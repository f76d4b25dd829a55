package dev.trireme.data.grammar;

import java.util.Map;

/** Preposition and article grow together: {@code in dem Haus} is {@code im Haus}. */
final class Contraction {
    private static final Map<String, String> CONTRACTED = Map.of(
            "in dem", "im", "an dem", "am", "zu dem", "zum", "bei dem", "beim", "von dem", "vom", "zu der", "zur",
            "in das", "ins", "an das", "ans");

    private Contraction() {}

    static String of(String preposition, String phrase) {
        int blank = phrase.indexOf(' ');
        String article = blank < 0 ? phrase : phrase.substring(0, blank);
        String contracted = CONTRACTED.get(preposition + " " + article);
        return contracted == null ? preposition + " " + phrase : contracted + phrase.substring(blank);
    }
}
