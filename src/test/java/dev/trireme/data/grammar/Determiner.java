package dev.trireme.data.grammar;

/**
 * What stands before adjectives and noun.
 *
 * @param german the stem, to which its own declension adds endings
 * @param own endings of this word
 * @param adjectives endings of the adjectives after it
 * @param singular English before a singular noun
 * @param plural English before a plural noun
 */
record Determiner(String german, Declension own, Declension adjectives, String singular, String plural) {
    static final Determiner THE = new Determiner("", Declension.ARTICLE, Declension.WEAK, "the", "the");
    /** German says {@code in die Schule}, English to school. */
    static final Determiner SILENT = new Determiner("", Declension.ARTICLE, Declension.WEAK, "", "");

    static final Determiner THIS = new Determiner("dies", Declension.STRONG, Declension.WEAK, "this", "these");
    static final Determiner A = ein("ein", "a", "");
    static final Determiner NO = ein("kein", "no", "no");
    /** "kein" where the English verb says "not": {@code liest kein Buch}, does not read a book, any books. */
    static final Determiner NOT_A = ein("kein", "a", "any");
    /** The same before what cannot be counted: {@code trinkt keinen Tee}, does not drink any tea. */
    static final Determiner NOT_ANY = ein("kein", "any", "any");

    static final Determiner BARE = counting("", "");
    static final Determiner MANY = new Determiner("viel", Declension.STRONG, Declension.STRONG, "", "many");
    static final Determiner MY = ein("mein", "my", "my");
    static final Determiner YOUR = ein("dein", "your", "your");
    static final Determiner HIS = ein("sein", "his", "his");
    static final Determiner HER = ein("ihr", "her", "her");
    static final Determiner OUR = ein("unser", "our", "our");
    static final Determiner YOUR_ALL = ein("euer", "your", "your");
    static final Determiner THEIR = ein("ihr", "their", "their");

    /** A numeral, or nothing at all: without endings, so the adjectives carry the strong ones. */
    static Determiner counting(String german, String english) {
        return new Determiner(german, Declension.NONE, Declension.STRONG, "", english);
    }

    private static Determiner ein(String german, String singular, String plural) {
        return new Determiner(german, Declension.EIN, Declension.MIXED, singular, plural);
    }

    String german(Case grammaticalCase, Gender gender) {
        String ending = own.ending(grammaticalCase, gender);
        boolean dropsVowel = german.equals("euer") && !ending.isEmpty();
        return (dropsVowel ? "eur" : german) + ending;
    }
}
