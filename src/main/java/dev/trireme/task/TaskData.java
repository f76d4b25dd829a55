package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.data.ExampleRows;
import dev.trireme.data.Utf8Lines;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The documents of a task: split, and made into rows. */
public final class TaskData {
    /** The system property that names the folder where encoded corpora are kept. */
    static final String CACHE = "trireme.corpora";

    /** Raised with each change of this package or of chat that changes tokens, or which are learned. */
    private static final int FORMAT = 5;

    private final TaskConfig config;
    private final DocumentForm form;
    private final String template; // a hash of its files
    private final Path cache;

    private TaskData(TaskConfig config, DocumentForm form, String template, Path cache) {
        this.template = template;
        this.config = config;
        this.form = form;
        this.cache = cache;
    }

    /**
     * Encoded documents as rows.
     *
     * @param rows for training or evaluation
     * @param labels how many tokens of the documents are learned
     * @param bytes of the text that they are
     */
    public record Rows(ExampleRows rows, long labels, long bytes) {
        /** Checks that no component is null. */
        public Rows {
            NullChecks.require("rows", rows);
        }
    }

    /**
     * What the rows of a corpus are made with.
     *
     * @param tokenizer gives one that is open; asked only for a corpus that was not encoded before
     * @param file of the tokenizer, by whose hash encoded corpora are kept
     * @param end id that ends a document
     */
    public record Encoding(Supplier<Tokenizer> tokenizer, Path file, int end) {
        /** Checks that no component is null. */
        public Encoding {
            NullChecks.require("tokenizer", tokenizer, "file", file);
        }

        /**
         * With a tokenizer that is open already.
         *
         * @param tokenizer open
         * @param file of the tokenizer
         * @param end id that ends a document
         * @return the encoding
         */
        public static Encoding of(Tokenizer tokenizer, Path file, int end) {
            NullChecks.require("tokenizer", tokenizer, "file", file);
            return new Encoding(() -> tokenizer, file, end);
        }
    }

    /**
     * A task whose encoded corpora are kept in the user's cache, or in the folder that the system property
     * {@code trireme.corpora} names.
     *
     * @param config any but that of pairs
     * @param model folder of the model, with its chat template if it has one
     * @return the task
     * @throws IllegalArgumentException when a conversation would have no template
     * @throws BadInputException when the model's template cannot be used
     */
    public static TaskData of(TaskConfig config, Path model) {
        NullChecks.require("config", config, "model", model);
        return of(config, model, usualCache());
    }

    /**
     * As {@link #of(TaskConfig, Path)}, of a model that begins with random weights and so has no chat template.
     *
     * @param config any but that of pairs
     * @return the task
     * @throws IllegalArgumentException when it is one of conversations
     */
    public static TaskData ofNewModel(TaskConfig config) {
        Objects.requireNonNull(config, "config");
        return new TaskData(config, DocumentForm.of(config, Optional.empty()), hash(List.of()), usualCache());
    }

    private static Path usualCache() {
        Path usual = Path.of(System.getProperty("user.home"), ".cache", "trireme", "corpora");
        return Path.of(System.getProperty(CACHE, usual.toString()));
    }

    /**
     * As {@link #of(TaskConfig, Path)}, with a cache of choice.
     *
     * @param config any but that of pairs
     * @param model folder of the model
     * @param cache where encoded corpora are kept
     * @return the task
     */
    public static TaskData of(TaskConfig config, Path model, Path cache) {
        NullChecks.require("config", config, "model", model, "cache", cache);
        Optional<ChatTemplate> template =
                areConversations(config.task(), model) ? Optional.of(ChatTemplate.of(model)) : Optional.empty();
        return new TaskData(config, DocumentForm.of(config, template), hash(ofTemplate(model)), cache);
    }

    private static boolean areConversations(Task task, Path model) {
        return task == Task.CHAT || (task == Task.INSTRUCT && ChatTemplate.isIn(model));
    }

    private static List<Path> ofTemplate(Path model) {
        return Stream.of("chat_template.jinja", "tokenizer_config.json", "special_tokens_map.json")
                .map(model::resolve)
                .filter(Files::exists)
                .toList();
    }

    private static String hash(List<Path> files) {
        try {
            return Sha256.of(files, () -> {});
        } catch (IOException e) {
            throw new BadInputException(files + ": cannot be read (" + e + "); check its permissions", e);
        }
    }

    /**
     * Splits a corpus at random, by document. A folder with files {@code train}, {@code validation} and {@code test} is split
     * already. A single {@code .txt} file is cut: its end is for validation and test, a twentieth each, at most 2^20 characters.
     *
     * @param data file or folder
     * @param sizes of the parts
     * @param folder gets {@code train.jsonl}, {@code validation.jsonl} and {@code test.jsonl}
     * @throws BadInputException naming file, line and cure, where a document is not what it should be
     * @throws IOException when the disk is full or fails
     */
    public void split(Path data, PartSizes sizes, Path folder) throws IOException {
        NullChecks.require("data", data, "sizes", sizes, "folder", folder);
        Parts.write(data, form, sizes, folder);
    }

    /**
     * Splits documents of a program at random.
     *
     * @param documents in the form of the task, the same ones each time that they are iterated
     * @param sizes of the parts
     * @param folder as {@link #split(Path, PartSizes, Path)} takes it
     * @throws BadInputException naming the number of a document that is not what it should be
     * @throws IOException when the disk is full or fails
     */
    public void split(Iterable<Document> documents, PartSizes sizes, Path folder) throws IOException {
        NullChecks.require("documents", documents, "sizes", sizes, "folder", folder);
        Parts.write(documents, form, sizes, folder);
    }

    /**
     * The rows of a part, encoded now unless they were before with the same bytes, tokenizer and settings.
     *
     * @param part a file that {@link #split} wrote
     * @param encoding tokenizer and end
     * @param maxLength most tokens of a row
     * @return its rows
     * @throws BadInputException naming file, line and cure, where a document cannot be encoded
     * @throws CorpusCacheException when the cache cannot be written
     * @throws IOException when a file cannot be read
     */
    public Rows rows(Path part, Encoding encoding, int maxLength) throws IOException {
        NullChecks.require("part", part, "encoding", encoding);
        Path folder = cache.resolve(key(part, encoding));
        if (!Files.exists(folder.resolve(EncodedCorpus.COUNTS))) {
            try {
                CorpusEncoder.encode(part, form, encoding.tokenizer().get(), encoding.end(), folder);
            } catch (IOException e) {
                throw new CorpusCacheException(cache, e);
            }
        }
        EncodedCorpus corpus = EncodedCorpus.open(folder);
        ExampleRows rows = config.task().isPacked()
                ? new PackedRows(corpus, maxLength)
                : new TextRows(corpus, maxLength, config.documentMask());
        return new Rows(rows, corpus.counts().labels(), corpus.counts().bytes());
    }

    private String key(Path part, Encoding encoding) throws IOException {
        return "%s-%s-%s"
                .formatted(
                        Sha256.of(part).substring(0, 24),
                        Sha256.of(encoding.file()).substring(0, 16),
                        Sha256.of(settings(encoding)).substring(0, 16));
    }

    /** What else decides the tokens. */
    private String settings(Encoding encoding) {
        return FORMAT + " " + config.task() + " " + config.learnsAll() + " " + encoding.end() + " " + template;
    }

    /**
     * What the model can be asked with a part, and what it should answer.
     *
     * @param part a file that {@link #split} wrote
     * @param tokenizer of the model
     * @param most how many
     * @return the first ones; none for plain texts
     */
    public List<Question> questions(Path part, Tokenizer tokenizer, int most) {
        NullChecks.require("part", part, "tokenizer", tokenizer);
        if (!form.asks()) {
            return List.of();
        }
        List<Question> questions = new ArrayList<>();
        forEachWhile(part, row -> {
            form.question(row, tokenizer).ifPresent(questions::add);
            return questions.size() < most;
        });
        return questions;
    }

    /**
     * How a person asks the trained model what a part asks it.
     *
     * @param part a file that {@link #split} wrote
     * @return what its first document with a question asks; nothing for plain texts
     */
    public Optional<Asked> asked(Path part) {
        Objects.requireNonNull(part, "part");
        if (!form.asks()) {
            return Optional.empty();
        }
        List<Asked> asked = new ArrayList<>();
        forEachWhile(part, row -> {
            form.asked(row).ifPresent(asked::add);
            return asked.isEmpty();
        });
        return asked.stream().findFirst();
    }

    /**
     * What the model can be asked to see how far it is; of plain texts, to go on with their begins.
     *
     * @param part a file that {@link #split} wrote
     * @param tokenizer of the model
     * @param most how many
     * @param longest most tokens of a prompt
     * @return the first ones
     */
    public List<Question> samples(Path part, Tokenizer tokenizer, int most, int longest) {
        NullChecks.require("part", part, "tokenizer", tokenizer);
        List<Question> samples = new ArrayList<>();
        forEachWhile(part, row -> {
            form.sample(row, tokenizer)
                    .filter(sample -> sample.prompt().length <= longest)
                    .ifPresent(samples::add);
            return samples.size() < most;
        });
        return samples;
    }

    /**
     * Texts to train a tokenizer on.
     *
     * @param part a file that {@link #split} wrote
     * @param characters about how many
     * @return the first texts
     */
    public List<String> texts(Path part, long characters) {
        NullChecks.require("part", part);
        List<String> texts = new ArrayList<>();
        long[] left = {characters};
        forEachWhile(part, row -> {
            for (JsonNode value : row) {
                if (value.isTextual()) {
                    texts.add(value.textValue());
                    left[0] -= value.textValue().length();
                }
            }
            return left[0] > 0;
        });
        return texts;
    }

    private static void forEachWhile(Path part, Predicate<JsonNode> action) {
        Utf8Lines.forEachWhile(part, DocumentSource.LONGEST_LINE, line -> action.test(TaskFinder.parse(line)));
    }
}
