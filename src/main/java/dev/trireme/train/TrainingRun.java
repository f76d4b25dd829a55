package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.config.SpecialTokens;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.StageMemory;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.task.Document;
import dev.trireme.task.PartSizes;
import dev.trireme.task.TaskConfig;
import dev.trireme.task.TaskData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A prepared run: a folder with settings, tokenizer and data, made before any rank starts and read by every rank. Its
 * settings are checked against each other and against the data.
 *
 * <pre>
 *   config.json, tokenizer.json, data/{train,validation,test}.jsonl     prepare
 *   base/                                                               what goes with the tokenizer of a model to start from
 *   metrics.jsonl, checkpoints/, model/                                 training
 *   start.json                                                          a run that goes on from a checkpoint
 * </pre>
 *
 * @param folder of the run
 * @param config its settings
 */
public record TrainingRun(Path folder, RunConfig config) {
    /** Checks that no component is null. */
    public TrainingRun {
        NullChecks.require("folder", folder, "config", config);
    }

    static final String PADDING = "<pad>";
    static final String END = "<eos>";

    static final String CONFIG = "config.json";
    static final String METRICS = "metrics.jsonl";

    private static final String TOKENIZER = "tokenizer.json";
    private static final int FINGERPRINT_DIGITS = 16;
    static final String BASE = "base";
    private static final List<String> OF_BASE =
            BaseModel.FILES.stream().map(name -> BASE + "/" + name).toList();
    static final List<String> FILES = Stream.of(List.of(CONFIG, TOKENIZER), RunData.FILES, OF_BASE)
            .flatMap(List::stream)
            .toList();

    /**
     * Prepares a run: trains the tokenizer, and writes it with the settings and the data. The model of an earlier run
     * in that folder stays until the new one is written.
     *
     * @param folder new, empty, or that of an earlier run, which is replaced
     * @param splits training, validation and test pairs
     * @param shape the model; its vocabulary is the most tokens that the tokenizer gets
     * @param training settings of training
     * @return the run
     * @throws IllegalArgumentException when the folder holds something else, the settings do not fit each other, the
     *     device is not there, the vocabulary cannot hold all bytes, too few pairs fit the length, what the stages of
     *     all ranks will hold does not fit into the memory of this host, or another process trains in that folder
     * @throws CheckpointException when the folder cannot be written, or its disk has no room for the model; an earlier run
     *     is then as it was
     */
    public static TrainingRun prepare(Path folder, Splits splits, ModelConfig shape, TrainConfig training) {
        NullChecks.require("folder", folder, "splits", splits, "shape", shape, "training", training);
        return prepare(
                folder,
                splits,
                new RunConfig(shape, training),
                training.parallel().worldSize());
    }

    /**
     * As {@link #prepare(Path, Splits, ModelConfig, TrainConfig)}, for a run that may start from a model, whose tokenizer
     * it then takes, and that may have ranks on several hosts.
     *
     * @param folder new, empty, or that of an earlier run
     * @param splits training, validation and test pairs
     * @param wish all settings
     * @param ranksOfHost how many ranks must fit into the free memory of this host
     * @return the run
     */
    public static TrainingRun prepare(Path folder, Splits splits, RunConfig wish, int ranksOfHost) {
        NullChecks.require("folder", folder, "splits", splits, "wish", wish);
        if (!wish.task().equals(TaskConfig.TRANSLATE)) {
            throw new IllegalArgumentException("the task is " + wish.task().task()
                    + ", but pairs of sentences are for translate; give the path of" + " the data instead");
        }
        return new Preparation(RunData.of(splits), wish, ranksOfHost).into(folder);
    }

    /**
     * As {@link #prepare(Path, Splits, RunConfig, int)}, with texts, conversations or instructions.
     *
     * @param folder new, empty, or that of an earlier run
     * @param data a file or folder of the settings' task
     * @param sizes of its parts
     * @param wish all settings
     * @param ranksOfHost how many ranks must fit into the free memory of this host
     * @return the run
     * @throws BadInputException naming file, line and cure, where a document is not what it should be
     */
    public static TrainingRun prepare(Path folder, Path data, PartSizes sizes, RunConfig wish, int ranksOfHost) {
        NullChecks.require("folder", folder, "data", data, "sizes", sizes, "wish", wish);
        TaskData task = task(wish);
        RunData parts = RunData.of(task, into -> task.split(data, sizes, into));
        return new Preparation(parts, wish, ranksOfHost).into(folder);
    }

    /**
     * As {@link #prepare(Path, Path, PartSizes, RunConfig, int)}, with documents of a program.
     *
     * @param folder new, empty, or that of an earlier run
     * @param documents a list, or anything that gives the same ones each time that it is iterated
     * @param sizes of its parts
     * @param wish all settings
     * @param ranksOfHost how many ranks must fit into the free memory of this host
     * @return the run
     * @throws BadInputException naming the number of a document that is not what it should be
     */
    public static TrainingRun prepare(
            Path folder, Iterable<Document> documents, PartSizes sizes, RunConfig wish, int ranksOfHost) {
        NullChecks.require("folder", folder, "documents", documents, "sizes", sizes, "wish", wish);
        TaskData task = task(wish);
        RunData parts = RunData.of(task, into -> task.split(documents, sizes, into));
        return new Preparation(parts, wish, ranksOfHost).into(folder);
    }

    private static TaskData task(RunConfig wish) {
        BaseModel base = wish.base();
        return base.exists() ? TaskData.of(wish.task(), Path.of(base.folder())) : TaskData.ofNewModel(wish.task());
    }

    /**
     * Locks the folder against other processes, and checks that no other run was prepared there since.
     *
     * @return the lock, which {@link Trainer#launch} and {@link Trainer#train} take themselves
     * @throws IllegalArgumentException when another process trains there, naming it, or has prepared another run there
     */
    public RunLock lock() {
        RunLock lock = RunLock.take(folder);
        try {
            RunFolder.recover(folder);
            if (open(folder).equals(this)) {
                requireNothingLater();
                return lock;
            }
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
        lock.close();
        throw new IllegalArgumentException(folder
                + " holds another run than the one that was prepared; prepare it again, or in a folder of its own");
    }

    /** A run that has come further than where it would begin is not done again by mistake. */
    private void requireNothingLater() {
        long begin = Start.read(folder).map(Start::step).orElse(0L);
        List<Long> steps = checkpoints().steps();
        if (!steps.isEmpty() && steps.get(0) > begin && !MetricsFile.hasResult(metrics())) {
            throw new IllegalArgumentException(folder + " has a checkpoint of step " + steps.get(0)
                    + ", but the run would begin after step " + begin
                    + "; go on with Resumption.last, or prepare it in another folder");
        }
    }

    /**
     * Refuses settings that are invalid with any corpus, before one is read.
     *
     * @param wish the settings
     * @param ranksOfHost how many ranks take their devices from this host
     * @throws IllegalArgumentException naming the setting, its value and the cure
     */
    public static void requirePossible(RunConfig wish, int ranksOfHost) {
        Objects.requireNonNull(wish, "wish");
        Preparation.requirePossible(wish, ranksOfHost);
    }

    /** Refuses ranks whose stages do not fit; only rank 0 holds the copy that checkpoints are written from. */
    void requireMemory(TrainingData data, int ranks) {
        RunDevices.requireMemory(config, data.workload(), ranks);
    }

    /** As {@link #requireMemory(TrainingData, int)}, of a run whose files are there. */
    void requireMemory(int ranks) {
        try (RunTokenizer tokenizer = RunTokenizer.of(this)) {
            requireMemory(TrainingData.read(this, tokenizer, 0), ranks);
        }
    }

    /** The predicted memory of a rank's stages. */
    List<StageMemory> memory(TrainingData data, int rank) {
        boolean copies = rank == 0 && config.training().recovery().writes();
        return StageMemory.predict(config.model(), config.training().parallel(), data.workload(), copies);
    }

    /**
     * Opens a prepared run.
     *
     * @param folder of the run
     * @return the run
     * @throws BadInputException when there is none
     */
    public static TrainingRun open(Path folder) {
        Objects.requireNonNull(folder, "folder");
        return new TrainingRun(folder, RunConfig.read(folder.resolve(CONFIG)));
    }

    /**
     * The folder of the trained model in Hugging Face layout, or of the updates in PEFT's where they alone were trained.
     *
     * @return a folder that exists once the run has ended
     */
    public Path model() {
        return folder.resolve(result(config.model().tuning().lora().adapts()));
    }

    static String result(boolean updates) {
        return updates ? "adapter" : "model";
    }

    /**
     * The checkpoints of the run.
     *
     * @return those in its folder, if any
     */
    public Checkpoints checkpoints() {
        return Checkpoints.of(folder);
    }

    /**
     * The metrics file, one JSON object a line.
     *
     * @return a file that exists once training has begun
     */
    public Path metrics() {
        return folder.resolve(METRICS);
    }

    /**
     * The data of the run.
     *
     * @return the pairs, in the order in which they were given
     * @throws BadInputException when they are not there
     */
    public Splits splits() {
        List<List<Pair>> parts =
                RunData.FILES.stream().map(folder::resolve).map(PairLines::read).toList();
        return new Splits(parts.get(0), parts.get(1), parts.get(2));
    }

    /** The data of a run that is not of pairs. */
    TaskData documents() {
        return TaskData.of(config.task(), folder.resolve(BASE));
    }

    /** The file of a part. */
    Path part(int number) {
        return folder.resolve(RunData.FILES.get(number));
    }

    Path tokenizerFile() {
        return folder.resolve(TOKENIZER);
    }

    Tokenizer openTokenizer() {
        return config.base().open(tokenizerFile());
    }

    /** The {@code config.json} of the trained model: the model and its special tokens. */
    HuggingFaceConfig describe(Supplier<Tokenizer> tokenizer) {
        return new HuggingFaceConfig(config.model(), specialTokens(tokenizer));
    }

    SpecialTokens specialTokens(Supplier<Tokenizer> tokenizer) {
        return config.base().exists()
                ? config.base().tokens()
                : new SpecialTokens(SpecialTokens.ABSENT, id(tokenizer.get(), END), id(tokenizer.get(), PADDING));
    }

    /** Files of the run that its model's folder gets besides the tokenizer. */
    List<Path> filesOfBase() {
        return OF_BASE.stream().map(folder::resolve).filter(Files::exists).toList();
    }

    private static int id(Tokenizer tokenizer, String token) {
        return tokenizer
                .id(token)
                .orElseThrow(() -> new BadInputException(
                        TOKENIZER + ": has no token " + token + "; use the tokenizer of a prepared run"));
    }

    /** A hash of the files that ranks read besides the settings. */
    String fingerprint() {
        return hash(Stream.of(List.of(TOKENIZER), RunData.FILES, OF_BASE)
                .flatMap(List::stream)
                .filter(file -> !OF_BASE.contains(file) || Files.exists(folder.resolve(file))));
    }

    /** A hash of all files that say what ranks are to do. */
    String identity() {
        return hash(Stream.concat(FILES.stream(), Stream.of(Start.FILE))
                .filter(file -> Files.exists(folder.resolve(file))));
    }

    private String hash(Stream<String> names) {
        try {
            List<Path> files = names.map(folder::resolve).toList();
            return Sha256.of(files, () -> {}).substring(0, FINGERPRINT_DIGITS);
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); prepare the run again", e);
        }
    }
}
