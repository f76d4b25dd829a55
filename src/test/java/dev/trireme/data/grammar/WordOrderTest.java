package dev.trireme.data.grammar;

import static dev.trireme.data.grammar.Say.ANNA;
import static dev.trireme.data.grammar.Say.accusative;
import static dev.trireme.data.grammar.Say.clause;
import static dev.trireme.data.grammar.Say.dative;
import static dev.trireme.data.grammar.Say.one;
import static dev.trireme.data.grammar.Say.part;
import static dev.trireme.data.grammar.Say.some;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.grammar.Clause.Kind;
import org.junit.jupiter.api.Test;

class WordOrderTest {
    private static final NounPhrase TEACHER = one(Determiner.THE, "Lehrer");
    private static final Part BOOK = accusative(one(Determiner.THE, "Buch"));
    private static final Part TOMORROW = part(Field.TIME, "morgen", "tomorrow");
    private static final Part YESTERDAY = part(Field.TIME, "gestern", "yesterday");
    private static final Part NICHT = ClauseMaker.NICHT;

    @Test
    void germanVerbStandsSecondAndTimeMayLead() {
        Clause clause = clause(Kind.FUTURE, TEACHER, "lesen", BOOK, TOMORROW);

        says(clause, "der Lehrer liest morgen das Buch", "the teacher will read the book tomorrow");
        says(clause.fronted(), "morgen liest der Lehrer das Buch", "tomorrow the teacher will read the book");
    }

    @Test
    void separablePrefixLeavesItsVerbInMainClausesOnly() {
        Clause clause = clause(Kind.PLAIN, ANNA, "anrufen", accusative(one(Determiner.HER, "Bruder")));

        says(clause, "Anna ruft ihren Bruder an", "Anna calls her brother");
        asks(clause, "ruft Anna ihren Bruder an", "does Anna call her brother");
        assertThat(GermanOrder.subordinate(clause)).isEqualTo("Anna ihren Bruder anruft");
        assertThat(GermanOrder.infinitive(clause)).isEqualTo("ihren Bruder anzurufen");
        assertThat(EnglishOrder.infinitive(clause)).isEqualTo("to call her brother");
    }

    @Test
    void modalAndPerfectPutTheOtherVerbAtTheEnd() {
        Clause modal = clause(Kind.MODAL, Modal.MUST, Pronoun.HE, "aufstehen");
        says(modal, "er muss aufstehen", "he has to get up");
        asks(modal, "muss er aufstehen", "does he have to get up");
        assertThat(GermanOrder.subordinate(modal)).isEqualTo("er aufstehen muss");

        Clause perfect = clause(Kind.PAST, Pronoun.SHE, "aufstehen", YESTERDAY);
        says(perfect, "sie ist gestern aufgestanden", "she got up yesterday");
        asks(perfect, "ist sie gestern aufgestanden", "did she get up yesterday");
        assertThat(GermanOrder.subordinate(perfect)).isEqualTo("sie gestern aufgestanden ist");
    }

    @Test
    void perfectTakesHabenOrSein() {
        says(
                clause(Kind.PAST, Pronoun.WE, "lesen", BOOK, YESTERDAY),
                "wir haben gestern das Buch gelesen",
                "we read the book yesterday");
        says(
                clause(Kind.PAST, Pronoun.I, "gehen", YESTERDAY, part(Field.BOUND, "ins Kino", "to the cinema")),
                "ich bin gestern ins Kino gegangen",
                "I went to the cinema yesterday");
    }

    @Test
    void everyModalHasItsEnglish() {
        says(clause(Kind.MODAL, Modal.CAN, ANNA, "singen"), "Anna kann singen", "Anna can sing");
        says(clause(Kind.MODAL, Modal.WANT, ANNA, "singen"), "Anna will singen", "Anna wants to sing");
        says(clause(Kind.MODAL, Modal.SHOULD, ANNA, "singen"), "Anna soll singen", "Anna should sing");
        says(clause(Kind.MODAL, Modal.MAY, ANNA, "singen"), "Anna darf singen", "Anna is allowed to sing");
        says(clause(Kind.MODAL, Modal.WOULD_LIKE, ANNA, "singen"), "Anna möchte singen", "Anna would like to sing");
        says(
                clause(Kind.GLADLY, Modal.LIKE, ANNA, "singen", part(Field.GLADLY, "gern", "")),
                "Anna singt gern",
                "Anna likes to sing");
        asks(clause(Kind.MODAL, Modal.MAY, Pronoun.I, "singen"), "darf ich singen", "am I allowed to sing");
    }

    @Test
    void englishNegatesWithAnAuxiliary() {
        says(
                clause(Kind.NOT, TEACHER, "lesen", BOOK, NICHT),
                "der Lehrer liest das Buch nicht",
                "the teacher does not read the book");
        says(
                clause(Kind.NOT_PAST, Pronoun.WE, "lesen", BOOK, NICHT, YESTERDAY),
                "wir haben das Buch gestern nicht gelesen",
                "we did not read the book yesterday");
        says(
                clause(Kind.NOT_FUTURE, Pronoun.YOU, "arbeiten", NICHT, TOMORROW),
                "du arbeitest morgen nicht",
                "you will not work tomorrow");
        says(clause(Kind.NOT_MODAL, Modal.CAN, Pronoun.I, "kommen", NICHT), "ich kann nicht kommen", "I cannot come");
        says(
                clause(Kind.NOT_MODAL, Modal.MUST, Pronoun.SHE, "kommen", NICHT),
                "sie muss nicht kommen",
                "she does not have to come");
        says(
                clause(Kind.NOT, Pronoun.THEY, "sein", part(Field.BOUND, "müde", "tired"), NICHT),
                "sie sind nicht müde",
                "they are not tired");
    }

    @Test
    void keinStandsForNotA() {
        says(
                clause(Kind.NOT, Pronoun.HE, "haben", accusative(one(Determiner.NOT_A, "Hund"))),
                "er hat keinen Hund",
                "he does not have a dog");
        says(
                clause(Kind.NOT, Pronoun.WE, "kaufen", accusative(some(Determiner.NOT_A, "Apfel"))),
                "wir kaufen keine Äpfel",
                "we do not buy any apples");
    }

    @Test
    void knownObjectsPrecedePlacesAndNewOnesFollow() {
        Part garden = part(Field.PLACE, "im Garten", "in the garden");
        says(
                clause(Kind.PLAIN, ANNA, "lesen", BOOK, garden),
                "Anna liest das Buch im Garten",
                "Anna reads the book in the garden");
        says(
                clause(Kind.PLAIN, ANNA, "lesen", accusative(one(Determiner.A, "Buch")), garden),
                "Anna liest im Garten ein Buch",
                "Anna reads a book in the garden");
    }

    @Test
    void pronounsStandFirstAndDativeBeforeAccusative() {
        Part ball = accusative(one(Determiner.A, "Ball"));
        says(
                clause(Kind.FUTURE, ANNA, "geben", dative(Pronoun.HE), ball, TOMORROW),
                "Anna gibt ihm morgen einen Ball",
                "Anna will give him a ball tomorrow");
        says(
                clause(Kind.PLAIN, Pronoun.I, "zeigen", dative(one(Determiner.THE, "Kind")), BOOK),
                "ich zeige dem Kind das Buch",
                "I show the child the book");
        says(
                clause(Kind.PLAIN, Pronoun.YOU, "helfen", dative(one(Determiner.MY, "Mutter"))),
                "du hilfst meiner Mutter",
                "you help my mother");
    }

    @Test
    void adverbsOfFrequencyFollowTheGermanAndPrecedeTheEnglishVerb() {
        Part often = part(Field.FREQUENCY, "oft", "often");
        says(clause(Kind.FREQUENT, ANNA, "kochen", often), "Anna kocht oft", "Anna often cooks");
        says(
                clause(Kind.FREQUENT, ANNA, "sein", often, part(Field.BOUND, "krank", "sick")),
                "Anna ist oft krank",
                "Anna is often sick");
        asks(clause(Kind.FREQUENT, ANNA, "kochen", often), "kocht Anna oft", "does Anna often cook");
    }

    @Test
    void questionWordsLead() {
        asks(
                clause(Kind.PAST, ANNA, "kaufen", YESTERDAY, part(Field.FRONT, "was", "what")),
                "was hat Anna gestern gekauft",
                "what did Anna buy yesterday");
        asks(
                clause(Kind.PLAIN, Pronoun.YOU, "wohnen", part(Field.FRONT, "wo", "where")),
                "wo wohnst du",
                "where do you live");
        says(clause(Kind.PLAIN, Word.WHO, "lesen", BOOK), "wer liest das Buch", "who reads the book");
    }

    @Test
    void englishThirdPersonsAreSpelledRight() {
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "waschen"))).isEqualTo("Anna washes");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "aufräumen")))
                .isEqualTo("Anna tidies");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "gehen"))).isEqualTo("Anna goes");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "haben"))).isEqualTo("Anna has");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "kaufen"))).isEqualTo("Anna buys");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "suchen"))).isEqualTo("Anna looks for");
        assertThat(EnglishOrder.statement(clause(Kind.PLAIN, ANNA, "fernsehen")))
                .isEqualTo("Anna watches television");
    }

    private static void says(Clause clause, String german, String english) {
        assertThat(GermanOrder.statement(clause)).isEqualTo(german);
        assertThat(EnglishOrder.statement(clause)).isEqualTo(english);
    }

    private static void asks(Clause clause, String german, String english) {
        assertThat(GermanOrder.question(clause)).isEqualTo(german);
        assertThat(EnglishOrder.question(clause)).isEqualTo(english);
    }
}
