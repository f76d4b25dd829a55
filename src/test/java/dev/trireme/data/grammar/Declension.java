package dev.trireme.data.grammar;

/** German endings by case and gender; {@code -} is no ending. */
enum Declension {
    //      masculine feminine neuter plural: nominative, accusative, dative
    ARTICLE("der die das die", "den die das die", "dem der dem den"),
    EIN("- e - e", "en e - e", "em er em en"),
    STRONG("er e es e", "en e es e", "em er em en"),
    MIXED("er e es en", "en e es en", "en en en en"),
    WEAK("e e e en", "en e e en", "en en en en"),
    NONE("- - - -", "- - - -", "- - - -");

    private final String nominative;
    private final String accusative;
    private final String dative;

    Declension(String nominative, String accusative, String dative) {
        this.nominative = nominative;
        this.accusative = accusative;
        this.dative = dative;
    }

    String ending(Case grammaticalCase, Gender gender) {
        String row = switch (grammaticalCase) {
            case NOMINATIVE -> nominative;
            case ACCUSATIVE -> accusative;
            case DATIVE -> dative;
        };
        int column = switch (gender) {
            case MASCULINE -> 0;
            case FEMININE -> 1;
            case NEUTER -> 2;
            case PLURAL -> 3;
        };
        String ending = row.split(" ", -1)[column];
        return ending.equals("-") ? "" : ending;
    }
}
