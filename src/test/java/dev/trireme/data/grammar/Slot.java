package dev.trireme.data.grammar;

import java.util.List;
import java.util.Set;

/**
 * A complement that a verb takes.
 *
 * @param kind what fills it
 * @param optional whether the verb can do without
 * @param prepositions for {@link Kind#PREPOSITION}: those to choose from
 * @param grammaticalCase the case of what fills it
 * @param classes of the noun or place that fills it
 */
record Slot(Kind kind, boolean optional, List<Preposition> prepositions, Case grammaticalCase, Set<String> classes) {
    enum Kind {
        OBJECT,
        PREPOSITION,
        AT,
        TO,
        MEANS
    }

    /**
     * A preposition in both languages.
     *
     * @param german such as {@code auf}
     * @param english such as {@code for}
     */
    record Preposition(String german, String english) {}

    boolean isObject(Case wanted) {
        return kind == Kind.OBJECT && grammaticalCase == wanted;
    }
}
