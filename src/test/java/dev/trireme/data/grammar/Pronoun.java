package dev.trireme.data.grammar;

import java.util.Optional;

/**
 * Personal pronouns of people. {@code Sie} for "you" is left out, so that {@code sie lesen} always says "they read",
 * and "them" stands only for {@code ihnen}, so that the object {@code sie} always says "her".
 */
enum Pronoun implements Nominal {
    I(Person.I, "ich", "mich", "mir", "I", "me"),
    YOU(Person.YOU, "du", "dich", "dir", "you", "you"),
    HE(Person.HE, "er", "ihn", "ihm", "he", "him"),
    SHE(Person.HE, "sie", "sie", "ihr", "she", "her"),
    WE(Person.WE, "wir", "uns", "uns", "we", "us"),
    YOU_ALL(Person.YOU_ALL, "ihr", "euch", "euch", "you", "you"),
    THEY(Person.THEY, "sie", "sie", "ihnen", "they", "them");

    private final Person person;
    private final String nominative;
    private final String accusative;
    private final String dative;
    private final String subject;
    private final String object;

    Pronoun(Person person, String nominative, String accusative, String dative, String subject, String object) {
        this.person = person;
        this.nominative = nominative;
        this.accusative = accusative;
        this.dative = dative;
        this.subject = subject;
        this.object = object;
    }

    Determiner possessive() {
        return switch (this) {
            case I -> Determiner.MY;
            case YOU -> Determiner.YOUR;
            case HE -> Determiner.HIS;
            case SHE -> Determiner.HER;
            case WE -> Determiner.OUR;
            case YOU_ALL -> Determiner.YOUR_ALL;
            case THEY -> Determiner.THEIR;
        };
    }

    /** Whether a noun of this gender can say what the person is; "ich" can be either. */
    boolean canBe(Gender gender) {
        return switch (this) {
            case I, YOU -> gender != Gender.NEUTER;
            case HE -> gender == Gender.MASCULINE;
            case SHE -> gender == Gender.FEMININE;
            default -> false;
        };
    }

    @Override
    public String german(Case grammaticalCase) {
        return switch (grammaticalCase) {
            case NOMINATIVE -> nominative;
            case ACCUSATIVE -> accusative;
            case DATIVE -> dative;
        };
    }

    @Override
    public String english(Case grammaticalCase) {
        return grammaticalCase == Case.NOMINATIVE ? subject : object;
    }

    @Override
    public Person person() {
        return person;
    }

    @Override
    public Optional<Pronoun> pronoun() {
        return Optional.of(this);
    }

    @Override
    public Field field() {
        return Field.PRONOUN;
    }
}
