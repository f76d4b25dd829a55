package dev.trireme.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ExitCode;
import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What documents become: rows, questions, and files of a cache. */
class TaskDataTest extends SmallModel {
    @Test
    void textsFollowEachOtherInRowsWithoutLossOrPadding() throws IOException {
        Path file = file(
                "texts.jsonl",
                "{\"text\": \"The child reads a book.\"}",
                "{\"text\": \"Yes.\"}",
                "{\"text\": \"The" + " teacher plays in the park with the children.\"}");
        List<Integer> expected = new ArrayList<>();
        for (String text :
                List.of("The child reads a book.", "Yes.", "The teacher plays in the park with the children.")) {
            Arrays.stream(tokenizer.encode(text)).forEach(expected::add);
            expected.add(END);
        }
        List<Example> rows = all(rows(TaskConfig.of(Task.TEXT), file, 5).rows());
        assertThat(rows.stream().flatMapToInt(row -> Arrays.stream(row.ids())).boxed())
                .isEqualTo(expected.subList(0, expected.size() / 5 * 5));
        assertThat(rows).allSatisfy(row -> assertThat(row.weights()).containsOnly(1f));
    }

    @Test
    void aMaskBeginsADocumentAfterEachEndAndAtEachRow() throws IOException {
        Path file = file("masked.jsonl", "{\"text\": \"Yes.\"}", "{\"text\": \"The child reads a book.\"}");
        int first = tokenizer.encode("Yes.").length + 1;
        Example row = rows(new TaskConfig(Task.TEXT, true, false), file, first + 3)
                .rows()
                .get(0);

        assertThat(row.begins())
                .startsWith(IntStream.range(0, first).map(t -> 0).toArray());
        assertThat(Arrays.copyOfRange(row.begins(), first, first + 3)).containsOnly(first);
        assertThat(row.weights()[first]).isZero();
        assertThat(row.weights()[first - 1]).isOne(); // the end token is learned
    }

    @ParameterizedTest
    @CsvSource({".txt", ".jsonl"})
    void aLongTextHasTheTokensThatItHasAsAWhole(String ending) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 3 * TextPieces.USUAL; i++) {
            text.append("The child reads book ")
                    .append(i)
                    .append(i % 50 > 0 ? ".\n  Then " : ".\n")
                    .append("it sleeps.");
        }
        int[] whole = new int[0];
        int half = text.indexOf("\nit", text.length() / 2) + 1; // the tokenizer does not take it all at once
        for (String piece : List.of(text.substring(0, half), text.substring(half))) {
            int[] some = tokenizer.encode(piece);
            int at = whole.length;
            whole = Arrays.copyOf(whole, at + some.length);
            System.arraycopy(some, 0, whole, at, some.length);
        }
        Path parts = Files.createDirectories(folder.resolve("long" + ending));
        for (String part : Parts.NAMES) {
            Files.writeString(
                    parts.resolve(part + ending),
                    ending.equals(".txt")
                            ? text
                            : Document.text(text.toString()).json());
        }
        Path split = folder.resolve("long-split" + ending);
        data(TaskConfig.of(Task.TEXT)).split(parts, PartSizes.usual(1), split);
        TaskData.Rows rows = rows(TaskConfig.of(Task.TEXT), split.resolve("train.jsonl"), 64);
        int[] ids = all(rows.rows()).stream()
                .flatMapToInt(row -> Arrays.stream(row.ids()))
                .toArray();
        assertThat(ids).isEqualTo(Arrays.copyOf(whole, ids.length));
        assertThat(rows.labels()).isEqualTo(whole.length + 1L); // one end, not one for each piece
    }

    @Test
    void conversationsArePackedOnceEachAndFillTheRows() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            lines.add(chat("Question " + i + " of the child?".repeat(i % 7), "Answer" + " yes".repeat(i % 11)));
        }
        Path file = file("packed.jsonl", lines.toArray(String[]::new));
        ExampleRows rows = rows(TaskConfig.of(Task.CHAT), file, 128).rows();

        long tokens = all(rows).stream().mapToLong(Example::length).sum();
        assertThat((double) tokens / (128L * rows.size())).isGreaterThan(0.98);
        long documents = all(rows).stream()
                .mapToLong(row -> Arrays.stream(row.begins()).distinct().count())
                .sum();
        assertThat(documents).isEqualTo(500);
        ExampleRows whole =
                rows(new TaskConfig(Task.CHAT, false, true), file, 128).rows();
        for (Example row : all(whole)) {
            assertThat(row.length()).isLessThanOrEqualTo(128);
            Arrays.stream(row.begins())
                    .forEach(begin -> assertThat(row.weights()[begin]).isZero());
        }
    }

    @Test
    void answersAreLearnedWithTheTokenThatEndsThem() throws IOException {
        Path file = file("answers.jsonl", chat("Wo ist der assistant?", "Grüße 😀, assistant"));
        assertThat(learned(TaskConfig.of(Task.CHAT), file)).isEqualTo("Grüße 😀, assistant<eos>");
        assertThat(learned(new TaskConfig(Task.CHAT, false, true), file)).contains("user|>Wo ist");
    }

    @Test
    void partsOfTextAreOneText() throws IOException {
        String parts = "[{\"type\": \"text\", \"text\": \"%s\"}, {\"type\": \"text\", \"text\": \"%s\"}]";
        Path whole = file("whole.jsonl", chat("Was\\nist das?", "Ein\\nKind."));
        Path inParts = file(
                "in-parts.jsonl",
                chat("Q", "A")
                        .replace("\"Q\"", parts.formatted("Was", "ist das?"))
                        .replace("\"A\"", parts.formatted("Ein", "Kind.")));
        TaskConfig all = new TaskConfig(Task.CHAT, false, true);
        assertThat(learned(all, inParts)).isEqualTo(learned(all, whole));
        Question asked = data(all).questions(inParts, tokenizer, 1).get(0);
        assertThat(asked.shown()).isEqualTo("Was\nist das?");
        assertThat(asked.answer()).isEqualTo("Ein\nKind.");
    }

    @Test
    void completionsAreLearnedWithTheirEnd() throws IOException {
        Path prompts = file("prompts.jsonl", "{\"prompt\": \"Was ist das?\", \"completion\": \" Ein Kind.\"}");
        assertThat(learned(TaskConfig.of(Task.INSTRUCT), prompts)).isEqualTo(" Ein Kind.<eos>");
        Path alpaca =
                file("alpaca.jsonl", "{\"instruction\": \"Translate.\", \"input\": \"Kind\", \"output\": \"child\"}");
        assertThat(learned(TaskConfig.of(Task.INSTRUCT), alpaca)).isEqualTo("child<eos>");
    }

    private static String learned(TaskConfig config, Path file) throws IOException {
        Example row = rows(config, file, 128).rows().get(0);
        int[] ids = IntStream.range(0, row.length())
                .filter(t -> row.weights()[t] > 0)
                .map(t -> row.ids()[t])
                .toArray();
        return tokenizer.decodeWithSpecialTokens(ids);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "system: Be brief.|''",
                "user: Who? / tool: 5|Who?",
                "user: Who? / assistant: Me. / user: And? / assistant: You. / assistant: We.|And?",
                "user: Who? / user: [{\"type\": \"text\", \"text\": \"Where?\"}]|Where?",
                "user: Who? / user: []|Who?",
                "user: ' '|''"
            })
    void aPersonAsksWhatTheUserSaidLastInText(String before, String expected) throws IOException {
        StringBuilder messages = new StringBuilder();
        for (String message : before.split(" / ", -1)) {
            String[] parts = message.split(": ", 2);
            String content = parts[1].startsWith("[") ? parts[1] : '"' + parts[1].replace("'", "") + '"';
            messages.append("{\"role\": \"%s\", \"content\": %s}, ".formatted(parts[0], content));
        }
        Path file =
                file("asked.jsonl", "{\"messages\": [" + messages + "{\"role\": \"assistant\", \"content\": \"a\"}]}");
        assertThat(data(TaskConfig.of(Task.CHAT)).asked(file).map(Asked::text).orElse(""))
                .isEqualTo(expected);
    }

    @Test
    void aCorpusIsEncodedOnce() throws IOException {
        Path file = file("once.jsonl", chat("a", "b"));
        rows(TaskConfig.of(Task.CHAT), file, 64);
        List<Path> before = cached();
        rows(TaskConfig.of(Task.CHAT), file, 32);
        assertThat(cached()).isEqualTo(before);
        rows(new TaskConfig(Task.CHAT, false, true), file, 32);
        assertThat(cached()).hasSizeGreaterThan(before.size());
    }

    private static List<Path> cached() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void aModelThatBeginsAnewHasNoTemplate() {
        assertThatThrownBy(() -> TaskData.ofNewModel(TaskConfig.of(Task.CHAT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task chat needs a chat template; start --from a model that has one");
        assertThat(TaskData.ofNewModel(TaskConfig.of(Task.INSTRUCT))).isNotNull();
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamedWithTheCure() throws IOException {
        Path file = file("uncached.jsonl", "{\"text\": \"Yes.\"}");
        Path cache = file.resolve("cache"); // within a file
        TaskData data = TaskData.of(TaskConfig.of(Task.TEXT), folder, cache);
        assertThatThrownBy(() ->
                        data.rows(file, TaskData.Encoding.of(tokenizer, folder.resolve("tokenizer.json"), END), 4))
                .isInstanceOfSatisfying(
                        CorpusCacheException.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.CHECKPOINT))
                .hasMessageStartingWith(cache + ": the encoded corpus cannot be written (")
                .hasMessageEndingWith(
                        "; free space there, or name another folder by" + " JAVA_TOOL_OPTIONS=-Dtrireme.corpora=DIR");
    }

    @Test
    void whatAKilledProcessLeftInTheCacheIsRemoved() throws IOException {
        Path left = Files.createDirectories(folder.resolve("cache/.next-left"));
        Files.writeString(left.resolve("ids"), "half");
        rows(TaskConfig.of(Task.TEXT), file("left.jsonl", "{\"text\": \"No, never.\"}"), 2);
        assertThat(left).doesNotExist();
    }
}
