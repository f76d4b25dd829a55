package dev.trireme.generate;

import dev.trireme.batching.BatchLimits;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.TokenRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model without weights: logits are a function of all ids of the text so far, as the blocks of the cache hold them, so
 * that any slip with the cache changes what is generated. It minds the rules of {@link ModelCopy} and keeps count of
 * calls.
 */
class FakeModel implements ModelCopy {
    private static final int NOTHING = -1;
    private static final long NO_IDS = 17;

    private final int vocabulary;
    private final int positions;
    private final List<FakeStage> stages = new ArrayList<>();

    volatile OptionalLong free = OptionalLong.empty();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    volatile boolean freed;
    final AtomicInteger logitsRead = new AtomicInteger();
    final AtomicInteger copied = new AtomicInteger();
    final List<Integer> rowsOfCalls = new ArrayList<>(); // of the first stage
    final List<Integer> idsOfCalls = new ArrayList<>();

    /** What a stage holds. */
    private static final class FakeStage {
        int[][] blocks = {};
        final Map<Integer, List<List<Integer>>> texts = new ConcurrentHashMap<>(); // of each pass's ids, all up to it
        final AtomicInteger inside = new AtomicInteger();
        final Set<Thread> threads = new HashSet<>();
        final AtomicInteger extensions = new AtomicInteger();
        volatile int failAt = Integer.MAX_VALUE; // number of the extension, from 1
    }

    FakeModel(int vocabulary, int positions) {
        this(vocabulary, positions, 1);
    }

    FakeModel(int vocabulary, int positions, int stages) {
        this.vocabulary = vocabulary;
        this.positions = positions;
        for (int i = 0; i < stages; i++) {
            this.stages.add(new FakeStage());
        }
    }

    /** Logits after a text: as good as random, from −4 to 4. */
    float[] logitsAfter(List<Integer> text) {
        long key = NO_IDS;
        for (int id : text) {
            key = 31 * key + id;
        }
        float[] logits = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            logits[id] = (float) (8 * Fakes.uniform(key, id) - 4);
        }
        return logits;
    }

    /** Called within an extension. */
    void computing(int stage, int pass) {}

    int vocabulary() {
        return vocabulary;
    }

    int positions() {
        return positions;
    }

    int extensions(int stage) {
        return stages.get(stage).extensions.get();
    }

    void failAt(int stage, int extension) {
        stages.get(stage).failAt = extension;
    }

    void requireOneThreadEach() {
        stages.forEach(stage -> require(stage.threads.size() == 1, "threads " + stage.threads));
    }

    @Override
    public int stages() {
        return stages.size();
    }

    @Override
    public long weightBytes() {
        return 0;
    }

    @Override
    public long blockBytes() {
        return 1000L * BatchLimits.POSITIONS * stages.size();
    }

    @Override
    public OptionalLong freeBytes() {
        return free;
    }

    @Override
    public void openCache(int blocks) {
        opened.incrementAndGet();
        for (FakeStage stage : stages) {
            require(stage.inside.get() == 0, "opened while a stage computes");
            stage.blocks = new int[blocks][BatchLimits.POSITIONS];
            Arrays.stream(stage.blocks).forEach(block -> Arrays.fill(block, NOTHING));
            stage.texts.clear();
        }
    }

    @Override
    public void closeCache() {
        closed.incrementAndGet();
        stages.forEach(stage -> require(stage.inside.get() == 0, "closed while a stage computes"));
    }

    @Override
    public void extend(int number, int pass, TokenRows rows) {
        FakeStage stage = stages.get(number);
        require(!freed && stage.inside.incrementAndGet() == 1, "two threads at once, or closed");
        stage.threads.add(Thread.currentThread());
        try {
            if (stage.extensions.incrementAndGet() == stage.failAt) {
                throw new IllegalStateException("stage " + number + " broke");
            }
            if (number == 0) {
                rowsOfCalls.add(rows.counts().length);
                idsOfCalls.add(rows.ids().length);
            }
            computing(number, pass);
            stage.texts.put(pass, texts(stage, rows));
            require(
                    number == 0 || Objects.equals(stages.get(number - 1).texts.get(pass), stage.texts.get(pass)),
                    "other tokens than the previous stage");
        } finally {
            stage.inside.decrementAndGet();
        }
    }

    /** Writes all tokens before any is read, as every layer does. */
    private static List<List<Integer>> texts(FakeStage stage, TokenRows rows) {
        List<int[]> tables = new ArrayList<>();
        int next = 0;
        int block = 0;
        for (int i = 0; i < rows.counts().length; i++) {
            int end = rows.firsts()[i] + rows.counts()[i];
            int[] table = Arrays.copyOfRange(rows.tables(), block, block + BatchLimits.blocksFor(end));
            block += table.length;
            tables.add(table);
            for (int position = rows.firsts()[i]; position < end; position++) {
                stage.blocks[table[position / 32]][position % 32] = rows.ids()[next++];
            }
        }
        List<List<Integer>> texts = new ArrayList<>();
        for (int i = 0; i < rows.counts().length; i++) {
            int end = rows.firsts()[i] + rows.counts()[i];
            List<Integer> text = new ArrayList<>();
            for (int position = 0; position < end; position++) {
                int id = stage.blocks[tables.get(i)[position / 32]][position % 32];
                require(id != NOTHING, "position " + position + " was never computed");
                text.add(id);
            }
            for (int length = rows.firsts()[i] + 1; length <= end; length++) {
                texts.add(text.subList(0, length));
            }
        }
        return texts;
    }

    @Override
    public void copy(int number, int[] from, int[] to) {
        FakeStage stage = stages.get(number);
        copied.addAndGet(number == 0 ? from.length : 0);
        for (int i = 0; i < from.length; i++) {
            stage.blocks[to[i]] = stage.blocks[from[i]].clone();
        }
    }

    @Override
    public Choices choose(int pass, int[] tokens, List<ChoiceRule> rules) {
        FloatBuffer logits = ByteBuffer.allocateDirect(tokens.length * vocabulary * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        fill(pass, tokens, logits);
        return Choices.of(logits, vocabulary, rules);
    }

    @Override
    public void logits(int pass, int[] tokens, FloatBuffer destination) {
        require(destination.isDirect(), "buffer");
        logitsRead.addAndGet(tokens.length);
        fill(pass, tokens, destination);
    }

    /** A hidden state tells how long the text is, and nothing else. */
    @Override
    public void hiddenStates(int pass, int[] tokens, FloatBuffer destination) {
        List<List<Integer>> texts =
                Objects.requireNonNull(stages.get(stages.size() - 1).texts.get(pass), "pass");
        int width = destination.capacity() / tokens.length;
        for (int i = 0; i < tokens.length; i++) {
            destination.put(i * width, texts.get(tokens[i]).size());
        }
    }

    private void fill(int pass, int[] tokens, FloatBuffer destination) {
        List<List<Integer>> texts =
                Objects.requireNonNull(stages.get(stages.size() - 1).texts.get(pass), "pass");
        for (int i = 0; i < tokens.length; i++) {
            destination.put(i * vocabulary, logitsAfter(texts.get(tokens[i])));
        }
    }

    @Override
    public void close() {
        freed = true;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
