package dev.trireme.data.grammar;

/** How a modal verb is said; English begins with an auxiliary (can, should, would), with "be", or with a full verb. */
enum Modal {
    NONE("", "", ""),
    CAN("können", "kann", "can "),
    MUST("müssen", "muss", "have to "),
    WANT("wollen", "will", "want to "),
    SHOULD("sollen", "soll", "should "),
    MAY("dürfen", "darf", "be allowed to "),
    WOULD_LIKE("möchten", "möchte", "would like to "),
    /** The adverb "gern": German keeps its verb. */
    LIKE("", "", "like to ");

    private final String infinitive;
    private final String third;
    private final String english;

    Modal(String infinitive, String third, String english) {
        this.infinitive = infinitive;
        this.third = third;
        this.english = english;
    }

    boolean isGermanVerb() {
        return !infinitive.isEmpty();
    }

    String finite(Person person) {
        return Conjugation.of(infinitive, third).finite(person);
    }

    /** English words before the full verb, with a blank at the end. */
    String english() {
        return english;
    }
}
