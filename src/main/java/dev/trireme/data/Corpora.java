package dev.trireme.data;

import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads sentence pairs and splits them. A {@code .tsv} line is source, TAB, target; a {@code .jsonl} line is
 * <code>{"translation": {"de": …, "en": …}}</code>, or the inner object alone. Files are UTF-8; a byte order mark,
 * CRLF, empty lines and blanks around a text are ignored.
 */
public final class Corpora {
    private static final Logger LOG = LoggerFactory.getLogger(Corpora.class);

    private Corpora() {}

    /**
     * Reads a corpus: one file, which is split, or a folder with the files {@code train}, {@code validation} and
     * {@code test}, each {@code .tsv} or {@code .jsonl}. Of each file in a folder as many pairs are drawn as the
     * options say; a pair of its test file is dropped from the other two, one of its validation file from train.
     *
     * @param path the file or folder
     * @param options sizes, seed and JSON keys
     * @return distinct pairs, none in two splits
     * @throws BadInputException naming file, line and cure, if the corpus is unreadable, malformed or too small
     */
    public static Splits read(Path path, CorpusOptions options) {
        NullChecks.require("path", path, "options", options);
        if (!Files.isDirectory(path)) {
            return split(PairFile.read(path, options), path.toString(), options);
        }
        Path trainFile = splitFile(path, "train");
        Path validationFile = splitFile(path, "validation");
        Path testFile = splitFile(path, "test");
        Set<Pair> test = distinct(PairFile.read(testFile, options), testFile);
        Set<Pair> validation = distinct(PairFile.read(validationFile, options), validationFile);
        Set<Pair> train = distinct(PairFile.read(trainFile, options), trainFile);
        drop(test, testFile, validation, validationFile);
        drop(test, testFile, train, trainFile);
        drop(validation, validationFile, train, trainFile);
        return new Splits(
                draw(train, options.train(), options.seed(), trainFile),
                draw(validation, options.validation(), options.seed(), validationFile),
                draw(test, options.test(), options.seed(), testFile));
    }

    /**
     * Reads one part of a folder as {@link #read} takes it, with all of its pairs.
     *
     * @param folder with a file of that name, {@code .tsv} or {@code .jsonl}
     * @param part {@code train}, {@code validation} or {@code test}
     * @param options JSON keys
     * @return its distinct pairs, in their order
     * @throws BadInputException naming file, line and cure, if it is unreadable or malformed
     */
    public static List<Pair> readPart(Path folder, String part, CorpusOptions options) {
        NullChecks.require("folder", folder, "part", part, "options", options);
        Path file = splitFile(folder, part);
        return List.copyOf(distinct(PairFile.read(file, options), file));
    }

    /**
     * Splits pairs at random. The test split depends on the pairs and the seed only, not on the other sizes.
     *
     * @param pairs any pairs; of equal ones the first counts
     * @param name of the corpus in errors
     * @param options sizes and seed
     * @return distinct pairs, none in two splits
     * @throws BadInputException if there are fewer distinct pairs than the splits need
     */
    public static Splits split(List<Pair> pairs, String name, CorpusOptions options) {
        NullChecks.require("pairs", pairs, "name", name, "options", options);
        Set<Pair> distinct = distinct(pairs, name);
        long needed = (long) options.train() + options.validation() + options.test();
        if (distinct.size() < needed) {
            throw new BadInputException(name + ": has " + distinct.size() + " distinct pairs, but " + options.train()
                    + " training + " + options.validation() + " validation + " + options.test() + " test pairs are "
                    + needed + "; use a larger corpus or smaller splits");
        }
        List<Pair> shuffled = Shuffle.shuffled(distinct, options.seed());
        int trainStart = options.test() + options.validation();
        return new Splits(
                shuffled.subList(trainStart, trainStart + options.train()),
                shuffled.subList(options.test(), trainStart),
                shuffled.subList(0, options.test()));
    }

    /**
     * Writes pairs as a {@code .tsv} file that {@link #read} understands; an old file is replaced as a whole.
     *
     * @param pairs to write, one a line
     * @param file to write
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if a text holds a TAB, a line break or NUL
     */
    public static void writeTsv(List<Pair> pairs, Path file) throws IOException {
        NullChecks.require("pairs", pairs, "file", file);
        StringBuilder lines = new StringBuilder();
        for (Pair pair : pairs) {
            lines.append(field(pair.source()))
                    .append('\t')
                    .append(field(pair.target()))
                    .append('\n');
        }
        AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes pairs as instructions to translate, a line of JSON each; an old file is replaced as a whole.
     *
     * @param pairs German and English
     * @param file to write
     * @throws IOException if the file cannot be written
     */
    public static void writeInstructions(List<Pair> pairs, Path file) throws IOException {
        NullChecks.require("pairs", pairs, "file", file);
        StringBuilder lines = new StringBuilder();
        for (Pair pair : pairs) {
            Map<String, String> line = new LinkedHashMap<>();
            line.put("instruction", "Translate into English.");
            line.put("input", pair.source());
            line.put("output", pair.target());
            lines.append(Json.tree(line)).append('\n');
        }
        AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String field(String text) {
        Text.requireWholeCharacters(text);
        if (text.chars().anyMatch(character -> "\t\n\r\0".indexOf(character) >= 0)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has a TAB, a line break or NUL, which .tsv cannot hold; replace it by a blank");
        }
        return text;
    }

    private static Path splitFile(Path folder, String split) {
        List<Path> found = Stream.of(".tsv", ".jsonl")
                .map(ending -> folder.resolve(split + ending))
                .filter(Files::exists)
                .toList();
        if (found.size() != 1) {
            throw new BadInputException(folder + ": has " + (found.isEmpty() ? "neither " : "both ") + split
                    + ".tsv " + (found.isEmpty() ? "nor " : "and ") + split
                    + ".jsonl; put one file for each of train, validation and test there, or name a single file");
        }
        return found.get(0);
    }

    private static Set<Pair> distinct(List<Pair> pairs, Object name) {
        Set<Pair> distinct = new LinkedHashSet<>(pairs);
        if (distinct.size() < pairs.size()) {
            LOG.info("{}: {} duplicates among {} pairs removed", name, pairs.size() - distinct.size(), pairs.size());
        }
        return distinct;
    }

    private static void drop(Set<Pair> kept, Path keptFile, Set<Pair> pairs, Path file) {
        int before = pairs.size();
        kept.forEach(pairs::remove);
        if (pairs.size() < before) {
            LOG.warn("{}: {} pairs dropped that {} has too", file, before - pairs.size(), keptFile);
        }
    }

    private static List<Pair> draw(Collection<Pair> pairs, int count, long seed, Path file) {
        if (pairs.size() < count) {
            throw new BadInputException(file + ": has " + pairs.size() + " distinct pairs of its own, but its split is "
                    + count + "; use a larger file or a smaller split");
        }
        return Shuffle.shuffled(pairs, seed).subList(0, count);
    }
}
