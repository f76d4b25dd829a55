package dev.trireme.task;

import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A model folder with a tokenizer and a chat template, and files of documents in it. */
abstract class SmallModel {
    static final int END = 1;
    private static final String TEMPLATE = """
            {%- for m in messages -%}
            {%- if m.role == 'critic' %}{{ raise_exception('critics may not speak') }}{% endif -%}
            <|{{ m['role'] }}|>{{ m['content'] }}<eos>
            {% endfor -%}
            {%- if add_generation_prompt %}<|assistant|>{% endif -%}
            """;

    @TempDir
    static Path folder;

    static Tokenizer tokenizer;

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

    static TaskData data(TaskConfig config) {
        return TaskData.of(config, folder, folder.resolve("cache"));
    }

    static TaskData.Rows rows(TaskConfig config, Path part, int length) throws IOException {
        return data(config).rows(part, TaskData.Encoding.of(tokenizer, folder.resolve("tokenizer.json"), END), length);
    }

    static Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    static List<Example> all(ExampleRows rows) {
        return IntStream.range(0, rows.size()).mapToObj(rows::get).toList();
    }

    static String chat(String question, String answer) {
        return """
                {"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "%s"}]}""".formatted(question, answer);
    }
}
