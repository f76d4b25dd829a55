package dev.trireme.data.grammar;

/**
 * A piece of a clause that is neither subject nor verb, in both languages.
 *
 * @param field its place
 * @param german finished German words
 * @param english finished English words; empty where English says it with the verb
 */
record Part(Field field, String german, String english) {
    Part in(Field other) {
        return new Part(other, german, english);
    }
}
