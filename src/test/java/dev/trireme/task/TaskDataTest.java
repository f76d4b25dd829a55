package dev.trireme.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.ExitCode;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskDataTest {
    private static final int END = 1;
    private static final String TEMPLATE = """
            {%- for m in messages -%}
            {%- if m.role == 'critic' %}{{ raise_exception('critics may not speak') }}{% endif -%}
            <|{{ m['role'] }}|>{{ m['content'] }}<eos>
            {% endfor -%}
            {%- if add_generation_prompt %}<|assistant|>{% endif -%}
            """;

    @TempDir
    private static Path folder;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void makeModel() throws IOException {
        List<String> texts = Phrasebook.pairs(300).stream()
                .flatMap(pair -> Stream.of(pair.source(), pair.target()))
                .toList();
        BpeTrainer.train(texts, 500, List.of("<pad>", "<eos>")).save(folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
        tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static TaskData data(TaskConfig config) {
        return TaskData.of(config, folder, folder.resolve("cache"));
    }

    private static TaskData.Rows rows(TaskConfig config, Path part, int length) throws IOException {
        return data(config).rows(part, TaskData.Encoding.of(tokenizer, folder.resolve("tokenizer.json"), END), length);
    }

    private static Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private static List<Example> all(ExampleRows rows) {
        return IntStream.range(0, rows.size()).mapToObj(rows::get).toList();
    }

    private static String chat(String question, String answer) {
        return """
                {"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "%s"}]}""".formatted(question, answer);
    }

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
    void partsShareNoDocument() throws IOException {
        List<String> lines = new ArrayList<>();
        IntStream.range(0, 60).forEach(i -> lines.add("{\"text\": \"document " + i + "\"}"));
        Path file = file("parts.jsonl", lines.toArray(String[]::new));
        Path split = folder.resolve("parts");
        PartSizes sizes = new PartSizes(OptionalInt.empty(), OptionalInt.of(5), OptionalInt.of(3), 7);
        data(TaskConfig.of(Task.TEXT)).split(file, sizes, split);

        List<String> all = new ArrayList<>();
        for (String part : Parts.NAMES) {
            all.addAll(Files.readAllLines(split.resolve(part + ".jsonl")));
        }
        assertThat(all).containsExactlyInAnyOrderElementsOf(lines);
        assertThat(Files.readAllLines(split.resolve("validation.jsonl"))).hasSize(5);
        assertThat(Files.readAllLines(split.resolve("test.jsonl"))).hasSize(3);
    }

    @Test
    void aSingleTextIsCutIntoPartsWithAllOfItsCharacters() throws IOException {
        String text = "The child reads.\nThe teacher sleeps.\n".repeat(200);
        Path file = Files.writeString(folder.resolve("single.txt"), text);
        Path split = folder.resolve("single");
        data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), split);
        StringBuilder joined = new StringBuilder();
        for (String part : Parts.NAMES) {
            data(TaskConfig.of(Task.TEXT))
                    .texts(split.resolve(part + ".jsonl"), 1 << 20)
                    .forEach(joined::append);
        }
        assertThat(joined.toString()).isEqualTo(text);
    }

    @Test
    void ofALongTextOnlyTheEndIsHeldBack() throws IOException {
        String line = "The child reads. ".repeat(60) + "\n";
        Path file = Files.writeString(folder.resolve("end.txt"), line.repeat(30 << 10)); // 30 MB
        Path split = folder.resolve("end");
        data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), split);
        for (String part : Parts.NAMES.subList(1, 3)) {
            assertThat(Files.size(split.resolve(part + ".jsonl"))).isBetween(1L << 19, (1L << 20) + (1L << 19));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"text\": \"a\"}|TEXT",
                "{\"messages\": []}|CHAT",
                "{\"prompt\": \"a\", \"completion\": \"b\"}|INSTRUCT",
                "{\"instruction\": \"a\", \"output\": \"b\"}|INSTRUCT",
                "{\"translation\": {\"de\": \"a\", \"en\": \"b\"}}|TRANSLATE",
                "{\"de\": \"a\", \"en\": \"b\"}|TRANSLATE"
            })
    void theTaskIsFoundByTheFirstLine(String line, Task task) throws IOException {
        assertThat(TaskFinder.of(file("find.jsonl", line), CorpusOptions.DEFAULTS))
                .isEqualTo(task);
    }

    @Test
    void aFolderOfTextsIsText() throws IOException {
        Files.createDirectories(folder.resolve("book/chapter"));
        Files.writeString(folder.resolve("book/chapter/one.txt"), "One.");
        assertThat(TaskFinder.of(folder.resolve("book"), CorpusOptions.DEFAULTS))
                .isEqualTo(Task.TEXT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHAT|{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}|2: has no turn of the assistant",
                "CHAT|{\"messages\": [{\"role\": \"critic\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}|2: is refused by the chat template",
                "CHAT|{\"messages\": [{\"content\": \"a\"}]}|2: message 1 has no text",
                "CHAT|{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": [{\"type\": \"audio\"}]}]}|2: messages[1].content has a part of type 'audio'",
                "CHAT|{\"messages\": [{\"role\": \"assistant\", \"content\": [{\"type\": \"text\"}]}]}|2: messages[0].content has a part without a text",
                "CHAT|{\"messages\": 5}|2: messages are no JSON array",
                "CHAT|[5]|2: is no JSON object",
                "CHAT|{\"messages|2: is not JSON",
                "INSTRUCT|{\"prompt\": \"a\"}|2: has no text under \"completion\"",
                "INSTRUCT|{\"instruction\": \"a\", \"output\": \" \"}|2: has no text under \"output\"",
                "TEXT|{\"text\": 5}|2: has no text under \"text\"",
            })
    void refusesADocumentByFileLineAndCure(Task task, String line, String message) throws IOException {
        String good =
                task == Task.CHAT ? chat("a", "b") : "{\"text\": \"a\", \"prompt\": \"a\", \"completion\": \"b\"}";
        Path file = file("bad.jsonl", good, line);
        assertThatThrownBy(() -> data(TaskConfig.of(task)).split(file, PartSizes.usual(1), folder.resolve("bad")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("bad.jsonl:" + message)
                .hasMessageNotContaining("\n")
                .hasMessageMatching(".*(drop|write|give|use|messages are no JSON array).*");
    }

    @Test
    void aModelThatBeginsAnewHasNoTemplate() {
        assertThatThrownBy(() -> TaskData.ofNewModel(TaskConfig.of(Task.CHAT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task chat needs a chat template; start --from a model that has one");
        assertThat(TaskData.ofNewModel(TaskConfig.of(Task.INSTRUCT))).isNotNull();
    }

    @Test
    void aDocumentOfAProgramIsOneLine() throws IOException {
        List<Document> documents = IntStream.range(0, 9)
                .mapToObj(
                        i -> new Document("{\n  \"text\": \"line %d\\nline\",\r\n  \"goes_on\": true\n}".formatted(i)))
                .toList();
        Path split = folder.resolve("program");
        data(TaskConfig.of(Task.TEXT)).split(documents, PartSizes.usual(1), split);
        List<String> lines = new ArrayList<>();
        for (String part : Parts.NAMES) {
            lines.addAll(Files.readAllLines(split.resolve(part + ".jsonl")));
        }
        assertThat(lines).hasSize(9).contains("{\"text\":\"line 3\\nline\"}");
    }

    @Test
    void onlyPartsOfARunHavePieces() throws IOException {
        Path data = Files.createDirectories(folder.resolve("run/data"));
        String piece = "{\"text\": \"Yes.\", \"goes_on\": true}";
        for (String part : Parts.NAMES) {
            Files.writeString(data.resolve(part + ".jsonl"), piece + "\n" + piece + "\n");
        }
        Path split = folder.resolve("run-split");
        data(TaskConfig.of(Task.TEXT)).split(data, PartSizes.usual(1), split);
        assertThat(split.resolve("train.jsonl")).content().doesNotContain("goes_on");

        Files.writeString(folder.resolve("run/config.json"), "{}");
        data(TaskConfig.of(Task.TEXT)).split(data, PartSizes.usual(1), split);
        assertThat(split.resolve("train.jsonl")).content().contains("goes_on");
        int tokens = 2 * tokenizer.encode("Yes.").length + 1;
        Example row = rows(TaskConfig.of(Task.TEXT), split.resolve("train.jsonl"), tokens)
                .rows()
                .get(0);
        assertThat(row.ids()[tokens - 1]).isEqualTo(END); // of the document that was left open
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

    @Test
    void refusesFilesThatAreNoText() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.txt"), " \n");
        assertRefused(empty, "empty.txt: is empty");
        Path binary = Files.write(folder.resolve("binary.txt"), new byte[] {'a', '\n', 0, 1});
        assertRefused(binary, "binary.txt:2: has a NUL character");
        Path latin = Files.write(folder.resolve("latin.txt"), "a\nb\nü".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(latin, "latin.txt:3: byte 0xFC is not UTF-8");
        assertRefused(file("none.jsonl"), "none.jsonl: is empty");
        assertRefused(folder.resolve("nowhere.txt"), "there is no such file");
        assertRefused(file("few.jsonl", "{\"text\": \"a\"}"), "few.jsonl: has 1 documents");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(
                        () -> data(TaskConfig.of(Task.TEXT)).split(file, PartSizes.usual(1), folder.resolve("refused")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }
}
