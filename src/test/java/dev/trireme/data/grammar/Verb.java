package dev.trireme.data.grammar;

import java.util.List;
import java.util.Set;

/**
 * A verb with one set of complements.
 *
 * @param prefix the separable prefix, or empty
 * @param stem the infinitive without it
 * @param present the present tense without the prefix
 * @param auxiliary haben or sein, for the perfect
 * @param participle {@code aufgestanden}
 * @param english the base form, several words allowed: {@code look for}
 * @param past the English past
 * @param uses what may be said with it (see verbs.txt)
 * @param subjects classes of its subject
 * @param slots its complements in English order
 */
record Verb(
        String prefix,
        String stem,
        Conjugation present,
        Conjugation auxiliary,
        String participle,
        String english,
        String past,
        Set<String> uses,
        Set<String> subjects,
        List<Slot> slots) {

    boolean is(String use) {
        return uses.contains(use);
    }

    String infinitive() {
        return prefix + stem;
    }

    /** {@code zu lesen}, {@code abzuholen}. */
    String infinitiveWithZu() {
        return prefix.isEmpty() ? "zu " + stem : prefix + "zu" + stem;
    }

    /** The same verb with other complements, for those that a question asks about. */
    Verb with(List<Slot> others) {
        return new Verb(prefix, stem, present, auxiliary, participle, english, past, uses, subjects, others);
    }
}
