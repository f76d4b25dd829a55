package dev.trireme.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SentenceMakerIT {
    private static final int NUM_SENTENCES = 20_000;
    private static final Pattern SUBORDINATE = Pattern.compile(
            "(?:^Wenn|^Obwohl|, (?:dass|ob|weil|obwohl|wenn|während|der|die|das)) [^,]* ([^ ,.?]+)[,.?]");

    private static List<Sentence> sentences;

    @BeforeAll
    static void draw() {
        SentenceMaker maker = new SentenceMaker(7);
        sentences = Stream.generate(maker::next).limit(NUM_SENTENCES).toList();
    }

    @Test
    void germanSentenceHasOneTranslation() {
        Map<String, String> translations = new HashMap<>();
        for (Sentence sentence : sentences) {
            String before = translations.putIfAbsent(sentence.german(), sentence.english());
            assertThat(before == null || before.equals(sentence.english()))
                    .as("%s: %s, %s", sentence.german(), before, sentence.english())
                    .isTrue();
        }
    }

    @Test
    void sentencesAreSpelledAsSentences() {
        assertThat(breaking(sentence -> sentence.german().matches("[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]*(,? [A-Za-zÄÖÜäöüß]+)*[.?]")
                        && sentence.english().matches("[A-Z][a-z]*(,? [A-Za-z]+('clock)?)*[.?]")
                        && sentence.german().endsWith("?") == sentence.english().endsWith("?")))
                .isEmpty();
    }

    @Test
    void sentencesAreShort() {
        assertThat(breaking(sentence -> words(sentence.german()).size() <= 24)).isEmpty();
        assertThat(breaking(sentence -> words(sentence.german()).size() <= 12)).hasSizeLessThan(NUM_SENTENCES / 10);
    }

    @Test
    void bothSidesAgreeOnNegation() {
        assertThat(disagreeing("nicht|kein\\w*|nie", "not|cannot|no|never")).isEmpty();
    }

    @Test
    void bothSidesAgreeOnTimeAndLiking() {
        Map<String, String> both = Map.of(
                "Uhr", "o'clock",
                "gestern", "yesterday",
                "morgen um|morgen Abend", "tomorrow at|tomorrow evening",
                "um halb \\w+", "at half past \\w+",
                "Viertel vor", "quarter to",
                "jeden Montag", "every Monday",
                "vor \\w+ (Tagen|Stunden)", "(days|hours) ago",
                "gern|möcht\\w+", "likes? to");
        both.forEach((german, english) -> assertThat(disagreeing(german, english))
                .as("%s, %s", german, english)
                .isEmpty());
    }

    @Test
    void subordinateClauseEndsWithItsFiniteVerb() {
        Set<String> finite = finiteForms();
        List<String> last = sentences.stream()
                .flatMap(sentence -> SUBORDINATE.matcher(sentence.german()).results())
                .map(found -> found.group(1))
                .toList();
        assertThat(last).hasSizeGreaterThan(NUM_SENTENCES / 10);
        assertThat(finite).containsAll(Set.copyOf(last));
    }

    @Test
    void purposeEndsWithZuAndInfinitive() {
        Pattern purpose = Pattern.compile(", um .*(zu [a-zäöüß]+en|[a-z]+zu[a-z]+en)\\.");
        List<Sentence> found = sentences.stream()
                .filter(sentence -> sentence.german().contains(", um "))
                .toList();
        assertThat(found).hasSizeGreaterThan(200).allSatisfy(sentence -> {
            assertThat(sentence.german()).containsPattern(purpose);
            assertThat(sentence.english()).contains(" to ");
        });
    }

    @Test
    void everyWordOfTheLexiconIsHeardOften() {
        Lexicon lexicon = Lexicon.read();
        Map<String, Integer> heard = new TreeMap<>();
        List<Set<String>> german = sentences.subList(0, 5000).stream()
                .map(sentence -> Set.copyOf(words(sentence.german())))
                .toList();
        for (Noun noun : lexicon.nouns()) {
            Set<String> forms = Set.copyOf(
                    List.of(noun.german(), noun.oblique(), noun.plural(), noun.german(Case.DATIVE, noun.hasPlural())));
            heard.put(noun.german(), count(german, forms));
        }
        for (Adjective adjective : lexicon.adjectives()) {
            Set<String> forms = Stream.of("", "e", "en", "er", "es", "em")
                    .map(ending -> ending.isEmpty() ? adjective.german() : adjective.german(ending))
                    .collect(Collectors.toCollection(HashSet::new));
            forms.add(adjective.comparative());
            heard.put(adjective.german(), count(german, forms));
        }
        for (Verb verb : lexicon.verbs()) {
            int joined = count(german, joinedForms(verb));
            int apart = verb.prefix().isEmpty()
                    ? 0
                    : count(
                            german.stream()
                                    .filter(words -> words.contains(verb.prefix()))
                                    .toList(),
                            presentForms(verb));
            heard.merge(verb.infinitive(), joined + apart, Math::max);
        }
        assertThat(heard)
                .hasSizeGreaterThan(150)
                .allSatisfy((word, times) ->
                        assertThat(times).as("%s in 5,000 sentences", word).isGreaterThanOrEqualTo(10));
    }

    private static List<Sentence> breaking(Predicate<Sentence> rule) {
        return sentences.stream().filter(rule.negate()).toList();
    }

    private static Set<String> finiteForms() {
        Set<String> finite = new HashSet<>();
        for (Person person : Person.values()) {
            Say.LEXICON
                    .verbs()
                    .forEach(verb -> finite.add(verb.prefix() + verb.present().finite(person)));
            Arrays.stream(Modal.values())
                    .filter(Modal::isGermanVerb)
                    .forEach(modal -> finite.add(modal.finite(person)));
            finite.add(Conjugation.HABEN.finite(person));
            finite.add(Conjugation.SEIN.finite(person));
        }
        return finite;
    }

    private static Set<String> joinedForms(Verb verb) {
        Set<String> forms = new HashSet<>(List.of(verb.infinitive(), verb.participle()));
        presentForms(verb).forEach(form -> forms.add(verb.prefix() + form));
        return forms;
    }

    private static Set<String> presentForms(Verb verb) {
        return Arrays.stream(Person.values()).map(verb.present()::finite).collect(Collectors.toSet());
    }

    private static int count(List<Set<String>> sentences, Set<String> forms) {
        return (int) sentences.stream()
                .filter(words -> forms.stream().anyMatch(words::contains))
                .count();
    }

    /** Sentences where one side has one of its words and the other side has none. */
    private static List<Sentence> disagreeing(String german, String english) {
        Predicate<String> saysGerman = asWords(german);
        Predicate<String> saysEnglish = asWords(english);
        return breaking(sentence -> saysGerman.test(sentence.german()) == saysEnglish.test(sentence.english()));
    }

    private static Predicate<String> asWords(String words) {
        int flags = Pattern.UNICODE_CHARACTER_CLASS | Pattern.CASE_INSENSITIVE;
        return Pattern.compile("(^| )(" + words + ")(?=[ ,.?])", flags).asPredicate();
    }

    private static List<String> words(String text) {
        return List.of(text.replaceAll("[,.?]", "").split(" ", -1));
    }
}
