package dev.trireme.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConjugationTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            lesen,     liest,    lese,    liest,    lest
            spielen,   spielt,   spiele,  spielst,  spielt
            arbeiten,  arbeitet, arbeite, arbeitest, arbeitet
            finden,    findet,   finde,   findest,  findet
            öffnen,    öffnet,   öffne,   öffnest,  öffnet
            lernen,    lernt,    lerne,   lernst,   lernt
            essen,     isst,     esse,    isst,     esst
            schlafen,  schläft,  schlafe, schläfst, schlaft
            laden,     lädt,     lade,    lädst,    ladet
            waschen,   wäscht,   wasche,  wäschst,  wascht
            schließen, schließt, schließe, schließt, schließt
            tanzen,    tanzt,    tanze,   tanzt,    tanzt
            haben,     hat,      habe,    hast,     habt
            sein,      ist,      bin,     bist,     seid
            wissen,    weiß,     weiß,    weißt,    wisst
            mögen,     mag,      mag,     magst,    mögt
            müssen,    muss,     muss,    musst,    müsst
            möchten,   möchte,   möchte,  möchtest, möchtet
            """)
    void formsFollowFromInfinitiveAndThirdPerson(String infinitive, String he, String first, String you, String all) {
        Conjugation present = Conjugation.of(infinitive, he);

        assertThat(present.finite(Person.I)).isEqualTo(first);
        assertThat(present.finite(Person.YOU)).isEqualTo(you);
        assertThat(present.finite(Person.HE)).isEqualTo(he);
        assertThat(present.finite(Person.YOU_ALL)).isEqualTo(all);
        assertThat(present.finite(Person.THEY)).isEqualTo(infinitive.equals("sein") ? "sind" : infinitive);
        assertThat(present.finite(Person.WE)).isEqualTo(present.finite(Person.THEY));
    }

    @Test
    void everyVerbOfTheLexiconEndsAsGermanVerbsDo() {
        Map<Person, String> endings = Map.of(
                Person.YOU, ".*(st|ßt)", Person.WE, ".*n|sind", Person.YOU_ALL, ".*t|seid", Person.THEY, ".*n|sind");
        for (Verb verb : Say.LEXICON.verbs()) {
            Map<Person, String> forms = Arrays.stream(Person.values())
                    .collect(Collectors.toMap(Function.identity(), verb.present()::finite));

            endings.forEach((person, ending) -> assertThat(forms.get(person)).matches(ending));
        }
    }

    @Test
    void prefixesJoinTheInfinitiveAndItsZu() {
        assertThat(Say.LEXICON.verb("abholen").infinitive()).isEqualTo("abholen");
        assertThat(Say.LEXICON.verb("abholen").infinitiveWithZu()).isEqualTo("abzuholen");
        assertThat(Say.LEXICON.verb("besuchen").infinitiveWithZu()).isEqualTo("zu besuchen");
    }
}
