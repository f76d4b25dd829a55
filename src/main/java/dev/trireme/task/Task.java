package dev.trireme.task;

import java.util.Locale;

/** What a model learns from its data. */
public enum Task {
    /** A sentence, then its translation. */
    TRANSLATE,
    /** Texts, token by token. */
    TEXT,
    /** The assistant's turns of conversations. */
    CHAT,
    /** What follows a prompt. */
    INSTRUCT;

    /** Whether its documents are short, and come side by side into a row. */
    public boolean isPacked() {
        return this == CHAT || this == INSTRUCT;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
