package dev.trireme.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NounPhraseTest {
    private static final Map<String, Determiner> DETERMINERS = Map.ofEntries(
            Map.entry("the", Determiner.THE),
            Map.entry("this", Determiner.THIS),
            Map.entry("a", Determiner.A),
            Map.entry("not a", Determiner.NOT_A),
            Map.entry("not any", Determiner.NOT_ANY),
            Map.entry("no", Determiner.NO),
            Map.entry("my", Determiner.MY),
            Map.entry("her", Determiner.HER),
            Map.entry("our", Determiner.OUR),
            Map.entry("your (all)", Determiner.YOUR_ALL),
            Map.entry("many", Determiner.MANY),
            Map.entry("three", Numeral.of(3).determiner()),
            Map.entry("bare", Determiner.BARE));

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(textBlock = """
            the,     alt,   Mann,  der alte Mann,    den alten Mann,    dem alten Mann
            the,     jung,  Frau,  die junge Frau,   die junge Frau,    der jungen Frau
            the,     neu,   Auto,  das neue Auto,    das neue Auto,     dem neuen Auto
            this,    neu,   Auto,  dieses neue Auto, dieses neue Auto,  diesem neuen Auto
            this,    rot,   Hut,   dieser rote Hut,  diesen roten Hut,  diesem roten Hut
            a,       rot,   Hut,   ein roter Hut,    einen roten Hut,   einem roten Hut
            a,       lang,  Zeitung, eine lange Zeitung, eine lange Zeitung, einer langen Zeitung
            a,       klein, Kind,  ein kleines Kind, ein kleines Kind,  einem kleinen Kind
            not a,   teuer, Koffer, kein teurer Koffer, keinen teuren Koffer, keinem teuren Koffer
            my,      klein, Haus,  mein kleines Haus, mein kleines Haus, meinem kleinen Haus
            our,     blau,  Tasche, unsere blaue Tasche, unsere blaue Tasche, unserer blauen Tasche
            your (all), -,  Vater, euer Vater,       euren Vater,       eurem Vater
            your (all), -,  Mutter, eure Mutter,     eure Mutter,       eurer Mutter
            her,     -,     Bruder, ihr Bruder,      ihren Bruder,      ihrem Bruder
            the,     -,     Junge, der Junge,        den Jungen,        dem Jungen
            a,       klug,  Student, ein kluger Student, einen klugen Studenten, einem klugen Studenten
            my,      nett,  Nachbar, mein netter Nachbar, meinen netten Nachbarn, meinem netten Nachbarn
            bare,    kalt,  Kaffee, kalter Kaffee,   kalten Kaffee,     kaltem Kaffee
            bare,    frisch, Milch, frische Milch,   frische Milch,     frischer Milch
            bare,    gut,   Brot,  gutes Brot,       gutes Brot,        gutem Brot
            bare,    -,     Berlin, Berlin,          Berlin,            Berlin
            """)
    void singularIsDeclined(
            String determiner, String adjective, String noun, String nominative, String accusative, String dative) {
        NounPhrase phrase = Say.phrase(determiner(determiner), adjective, noun, false);

        assertThat(phrase.german(Case.NOMINATIVE)).isEqualTo(nominative);
        assertThat(phrase.german(Case.ACCUSATIVE)).isEqualTo(accusative);
        assertThat(phrase.german(Case.DATIVE)).isEqualTo(dative);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(textBlock = """
            the,   alt,   Mann,    die alten Männer,     den alten Männern,      the old men
            this,  rot,   Apfel,   diese roten Äpfel,    diesen roten Äpfeln,    these red apples
            my,    nett,  Schwester, meine netten Schwestern, meinen netten Schwestern, my nice sisters
            no,    groß,  Museum,  keine großen Museen,  keinen großen Museen,   no big museums
            not a, lang,  Brief,   keine langen Briefe,  keinen langen Briefen,  any long letters
            three, neu,   Auto,    drei neue Autos,      drei neuen Autos,       three new cars
            many,  klug,  Kind,    viele kluge Kinder,   vielen klugen Kindern,  many smart children
            bare,  alt,   Buch,    alte Bücher,          alten Büchern,          old books
            the,   -,     Lehrerin, die Lehrerinnen,     den Lehrerinnen,        the teachers
            the,   -,     Fenster, die Fenster,          den Fenstern,           the windows
            """)
    void pluralIsDeclined(
            String determiner, String adjective, String noun, String nominative, String dative, String english) {
        NounPhrase phrase = Say.phrase(determiner(determiner), adjective, noun, true);

        assertThat(phrase.german(Case.NOMINATIVE)).isEqualTo(nominative);
        assertThat(phrase.german(Case.ACCUSATIVE)).isEqualTo(nominative);
        assertThat(phrase.german(Case.DATIVE)).isEqualTo(dative);
        assertThat(phrase.english(Case.DATIVE)).isEqualTo(english);
    }

    @ParameterizedTest(name = "{3}")
    @CsvSource(textBlock = """
            a,       -,           Apfel,  an apple
            a,       rot,         Apfel,  a red apple
            a,       interessant, Buch,   an interesting book
            a,       alt,         Freund, an old friend
            not any, -,           Milch,  any milk
            not a,   -,           Ei,     an egg
            bare,    süß,         Tee,    sweet tea
            """)
    void englishChoosesItsArticleBySound(String determiner, String adjective, String noun, String english) {
        NounPhrase phrase = Say.phrase(determiner(determiner), adjective, noun, false);

        assertThat(phrase.english(Case.ACCUSATIVE)).isEqualTo(english);
    }

    @ParameterizedTest(name = "{1}, {2}")
    @CsvSource(textBlock = """
            Garten,  im Garten,     in den Garten, in the garden,  into the garden
            Küche,   in der Küche,  in die Küche,  in the kitchen, into the kitchen
            Kino,    im Kino,       ins Kino,      at the cinema,  to the cinema
            See,     im See,        an den See,    in the lake,    to the lake
            Bahnhof, am Bahnhof,    zum Bahnhof,   at the station, to the station
            Markt,   auf dem Markt, auf den Markt, at the market,  to the market
            """)
    void prepositionsGovernTheirCaseAndContract(
            String noun, String where, String whereTo, String englishWhere, String englishWhereTo) {
        Place place = Say.place(noun);
        NounPhrase phrase = Say.one(Determiner.THE, noun);

        assertThat(place.at(Field.PLACE, phrase)).isEqualTo(new Part(Field.PLACE, where, englishWhere));
        assertThat(place.to(phrase)).isEqualTo(new Part(Field.BOUND, whereTo, englishWhereTo));
    }

    @Test
    void articlesOnlyContractWhenDefinite() {
        assertThat(Contraction.of("zu", "der Schule")).isEqualTo("zur Schule");
        assertThat(Contraction.of("von", "dem alten Auto")).isEqualTo("vom alten Auto");
        assertThat(Contraction.of("an", "das Fenster")).isEqualTo("ans Fenster");
        assertThat(Contraction.of("bei", "dem Arzt")).isEqualTo("beim Arzt");
        assertThat(Contraction.of("in", "einem Haus")).isEqualTo("in einem Haus");
        assertThat(Contraction.of("zu", "Hause")).isEqualTo("zu Hause");
        assertThat(Contraction.of("auf", "der Straße")).isEqualTo("auf der Straße");
    }

    private static Determiner determiner(String name) {
        Determiner determiner = DETERMINERS.get(name);
        if (determiner == null) {
            throw new IllegalArgumentException(
                    "determiner " + name + " is unknown; use one of " + DETERMINERS.keySet());
        }
        return determiner;
    }
}
