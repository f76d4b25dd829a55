package dev.trireme.data.grammar;

/**
 * What all makers draw from.
 *
 * @param lexicon the words
 * @param dice chance
 * @param phrases noun phrases
 * @param subjects those a sentence is about
 */
record Draw(Lexicon lexicon, Dice dice, NounPhrases phrases, Subjects subjects) {
    static Draw of(long seed) {
        Lexicon lexicon = Lexicon.read();
        Dice dice = new Dice(seed);
        NounPhrases phrases = new NounPhrases(lexicon, dice);
        return new Draw(lexicon, dice, phrases, new Subjects(lexicon, phrases, dice));
    }
}
