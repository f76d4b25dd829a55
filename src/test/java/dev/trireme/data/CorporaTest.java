package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorporaTest {
    private static final CorpusOptions SMALL = options(6, 3, 1, 1234);

    @TempDir
    Path folder;

    @Test
    void tabSeparatedAndBothJsonFormsGiveTheSamePairs() throws IOException {
        List<Pair> pairs = pairs(10);
        Path flat = write("flat.jsonl", lines(pairs, "{\"de\": \"%s\", \"en\": \"%s\", \"id\": 7}"));
        Path nested = write("nested.jsonl", lines(pairs, "{\"translation\": {\"de\": \"%s\", \"en\": \"%s\"}}"));

        Splits expected = Corpora.read(write("corpus.tsv", lines(pairs, "%s\t%s")), SMALL);

        assertThat(all(expected)).containsExactlyInAnyOrderElementsOf(pairs);
        assertThat(Corpora.read(flat, SMALL)).isEqualTo(expected);
        assertThat(Corpora.read(nested, SMALL)).isEqualTo(expected);
    }

    @Test
    void jsonKeysCanBeChosen() throws IOException {
        Path file = write("corpus.jsonl", lines(pairs(10), "{\"translation\": {\"en\": \"%s\", \"fr\": \"%s\"}}"));

        Splits splits = Corpora.read(file, new CorpusOptions(6, 3, 1, 0, "fr", "en"));

        assertThat(splits.test().get(0).source()).startsWith("Sentence");
        assertThat(splits.test().get(0).target()).startsWith("Satz");
    }

    @Test
    void byteOrderMarkCarriageReturnsEmptyLinesAndOuterBlanksAreIgnored() throws IOException {
        Path file = write("corpus.tsv", "\uFEFFä \t a\r\n\r\n ö\to\r\n\n\uFEFFü\tu");

        Splits splits = Corpora.read(file, options(1, 1, 1, 0));

        assertThat(all(splits)).containsExactlyInAnyOrder(new Pair("ä", "a"), new Pair("ö", "o"), new Pair("ü", "u"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {0, 1, 1234, -7})
    void splitsHoldDistinctPairsInAnOrderThatTheSeedDecides(long seed) {
        List<Pair> twice = new ArrayList<>(pairs(200));
        twice.addAll(pairs(200));

        Splits splits = Corpora.split(twice, "pairs", options(100, 50, 25, seed));

        assertThat(splits.train()).hasSize(100);
        assertThat(splits.validation()).hasSize(50);
        assertThat(splits.test()).hasSize(25);
        assertThat(all(splits)).doesNotHaveDuplicates().isSubsetOf(pairs(200));
        assertThat(Corpora.split(pairs(200), "pairs", options(100, 50, 25, seed)))
                .isEqualTo(splits);
        assertThat(Corpora.split(twice, "pairs", options(100, 50, 25, seed + 1)))
                .isNotEqualTo(splits);
    }

    @Test
    void theTestSplitDoesNotDependOnTheOtherSizes() {
        assertThat(Corpora.split(pairs(50), "pairs", options(10, 20, 5, 3)).test())
                .isEqualTo(
                        Corpora.split(pairs(50), "pairs", options(40, 5, 5, 3)).test());
    }

    @Test
    void aFolderKeepsPairsOfTestAndValidationOutOfTheOtherSplits() throws IOException {
        List<Pair> pairs = pairs(10);
        write("train.tsv", lines(pairs, "%s\t%s"));
        write("validation.jsonl", lines(pairs.subList(0, 4), "{\"de\": \"%s\", \"en\": \"%s\"}"));
        write("test.tsv", lines(pairs.subList(3, 5), "%s\t%s"));

        Splits splits = Corpora.read(folder, options(5, 3, 2, 1234));

        assertThat(splits.test()).containsExactlyInAnyOrderElementsOf(pairs.subList(3, 5));
        assertThat(splits.validation()).containsExactlyInAnyOrderElementsOf(pairs.subList(0, 3));
        assertThat(splits.train()).containsExactlyInAnyOrderElementsOf(pairs.subList(5, 10));
        assertThatThrownBy(() -> Corpora.read(folder, options(6, 3, 2, 1234)))
                .isInstanceOf(BadInputException.class)
                .hasMessage(folder.resolve("train.tsv")
                        + ": has 5 distinct pairs of its own, but its split is 6; use a larger file or a"
                        + " smaller split");
    }

    @Test
    void aFolderNeedsExactlyOneFileForEachSplit() throws IOException {
        write("train.tsv", "a\tb");
        write("validation.tsv", "a\tb");
        assertRefused(folder, "has neither test.tsv nor test.jsonl; put one file for each");
        write("test.tsv", "a\tb");
        write("test.jsonl", "a\tb");
        assertRefused(folder, "has both test.tsv and test.jsonl; put one file for each");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "no tab     | b.tsv   | a\\tb\\nc              | :2: has no TAB; write source TAB target",
                "two tabs   | b.tsv   | a\\tb\\tc              | :1: has more than one TAB; write",
                "no source  | b.tsv   | a\\tb\\n\\n \\tc       | :3: has an empty source; fill it in",
                "NUL        | b.tsv   | a\\tb\\0               | :1: has a NUL character; save",
                "no text    | b.tsv   | \\n\\r\\n              | : is empty; put one pair",
                "other kind | b.csv   | a;b                    | : is neither .tsv nor .jsonl nor a folder; use",
                "no JSON    | b.jsonl | {'de': 'a'             | :1: is not JSON (",
                "after JSON | b.jsonl | {'de':'a','en':'b'} x  | :1: is not JSON (",
                "twice      | b.jsonl | {'de':'a','de':'b'}    | :1: is not JSON (Duplicate",
                "no key     | b.jsonl | {'de':'a','fr':'b'}    | :1: has no key \"en\" but [de, fr]; name the keys",
                "no object  | b.jsonl | [1, 2]                 | :1: has no key \"de\" but []; name the keys",
                "number     | b.jsonl | {'de':'a','en':1}      | :1: has no text under \"en\" but [de, en]",
                "NUL escape | b.jsonl | {'de':'a','en':'\\u0000'} | :1: has a NUL character in its target; write",
                "surrogate  | b.jsonl | {'de':'a','en':'\\ud800'} | :1: text has half a surrogate pair",
            })
    void badInputIsRefusedWithFileLineAndCure(String what, String name, String content, String problem)
            throws IOException {
        String text = content.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r");
        Path file = write(name, text.replace("\\0", "\0").replace('\'', '"'));
        assertRefused(file, problem);
    }

    @Test
    void bytesThatAreNotUtf8AreNamedByTheirOffset() throws IOException {
        Path file = folder.resolve("latin1.tsv");
        Files.write(file, "Zug\ttrain\nTür\tdoor\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(file, ":2: byte 11 of the file (0xFC) is not UTF-8; save the file as UTF-8");
        Files.write(file, new byte[] {'a', '\t', 'b', (byte) 0xE2, (byte) 0x82});
        assertRefused(file, ":1: byte 3 of the file (0xE2) is not UTF-8");
        Files.write(file, "a\tb\n".getBytes(StandardCharsets.UTF_16));
        assertRefused(file, ":1: byte 0 of the file (0xFE) is not UTF-8");
    }

    @Test
    void aLineOfOneMegabyteIsReadAndALongerOneIsRefusedWithoutHoldingIt() throws IOException {
        int room = Utf8Lines.LONGEST_LINE_BYTES - 2;
        Path file = write("long.tsv", "a\t" + "x".repeat(room) + "\nc\td\ne\tf\n");
        assertThat(all(Corpora.read(file, options(1, 1, 1, 0)))).contains(new Pair("a", "x".repeat(room)));

        byte[] block = new byte[1 << 20];
        Arrays.fill(block, (byte) 'x');
        long size = Runtime.getRuntime().maxMemory() + block.length;
        try (OutputStream output = Files.newOutputStream(file)) {
            output.write("a\tb\n".getBytes(StandardCharsets.UTF_8));
            output.write(block);
            output.write(block);
        }
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size); // more than the heap, but hardly any disk
        }
        assertRefused(file, ":2: is longer than 1048576 bytes; put one pair on a line");
    }

    @Test
    void missingEmptyAndTooSmallFilesAreRefused() throws IOException {
        assertRefused(folder.resolve("none.tsv"), ": there is no such file; name an existing text file");
        assertRefused(write("empty.tsv", ""), ": is empty; put one pair on each line");
        assertRefused(
                write("nine.tsv", lines(pairs(9), "%s\t%s") + lines(pairs(9), "%s\t%s")),
                ": has 9 distinct pairs, but 6 training + 3 validation + 1 test pairs are 10; use a larger corpus");
        Path link = Files.createDirectory(folder.resolve("folder.tsv"));
        Files.createSymbolicLink(folder.resolve("train.tsv"), link);
        write("validation.tsv", "a\tb");
        write("test.tsv", "a\tb");
        assertRefused(folder, "train.tsv: is not a plain file; name an existing text file");
    }

    @Test
    void optionsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> options(5, 0, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("validation is 0; use 1 to 2147483647");
        assertThatThrownBy(() -> new CorpusOptions(1, 1, 1, 0, "de", "de"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use two different keys");
        assertThat(CorpusOptions.DEFAULTS).isEqualTo(new CorpusOptions(5000, 1000, 100, 1234, "de", "en"));
    }

    @Test
    void writtenPairsReadBackTheSame() throws IOException {
        Path file = folder.resolve("out.tsv");
        List<Pair> pairs = List.of(new Pair("Grüße!", "„Hi“ 👋"), new Pair("b", "\"c\""), new Pair("d", "e"));

        Corpora.writeTsv(pairs(20), file);
        Corpora.writeTsv(pairs, file);

        assertThat(all(Corpora.read(file, options(1, 1, 1, 0)))).containsExactlyInAnyOrderElementsOf(pairs);
        assertThat(folder).isDirectoryNotContaining(entry -> entry.toString().endsWith(".tmp"));
        assertThatThrownBy(() -> Corpora.writeTsv(List.of(new Pair("a\tb", "c")), file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("which .tsv cannot hold");
        assertThat(file).hasContent("Grüße!\t„Hi“ 👋\nb\t\"c\"\nd\te\n");
    }

    private static void assertRefused(Path path, String problem) {
        assertThatThrownBy(() -> Corpora.read(path, SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(problem);
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static CorpusOptions options(int train, int validation, int test, long seed) {
        return new CorpusOptions(train, validation, test, seed, "de", "en");
    }

    private static List<Pair> pairs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Pair("Satz " + i + ".", "Sentence " + i + "."))
                .toList();
    }

    private static String lines(List<Pair> pairs, String format) {
        StringBuilder lines = new StringBuilder();
        pairs.forEach(pair ->
                lines.append(format.formatted(pair.source(), pair.target())).append('\n'));
        return lines.toString();
    }

    private static List<Pair> all(Splits splits) {
        List<Pair> all = new ArrayList<>(splits.train());
        all.addAll(splits.validation());
        all.addAll(splits.test());
        return all;
    }
}
