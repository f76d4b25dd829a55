package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A model without weights: logits are a function of all ids of the slot so far, so that any slip with the cache changes
 * what is generated. It minds the rules of {@link CachedModel} and keeps count of calls.
 */
class FakeModel implements CachedModel {
    private static final long NO_IDS = 17;

    private final int vocabulary;
    private final int positions;
    private List<List<Integer>> contents = List.of();
    List<List<Integer>> texts = List.of(); // of each id of the last extend, all ids up to it
    private int capacity;

    OptionalLong free = OptionalLong.empty();
    int opened;
    int closed;
    int logitsRead;
    int reordered;
    final List<Integer> slotsOfCalls = new ArrayList<>();
    final List<Integer> idsOfCalls = new ArrayList<>();

    FakeModel(int vocabulary, int positions) {
        this.vocabulary = vocabulary;
        this.positions = positions;
    }

    /** Logits after a text: as good as random, from −4 to 4. */
    float[] logitsAfter(List<Integer> text) {
        long key = NO_IDS;
        for (int id : text) {
            key = 31 * key + id;
        }
        float[] logits = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            logits[id] = (float) (8 * Draws.uniform(key, id) - 4);
        }
        return logits;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public int positions() {
        return positions;
    }

    @Override
    public void openCache(int count, int longest) {
        require(opened == closed && count <= 64 && longest <= positions, "open " + count + " slots of " + longest);
        opened++;
        capacity = longest;
        contents = new ArrayList<>();
        for (int slot = 0; slot < count; slot++) {
            contents.add(new ArrayList<>());
        }
    }

    @Override
    public void closeCache() {
        closed++;
        contents = List.of();
    }

    @Override
    public long cacheBytes(int count, int longest) {
        return 1000L * count * longest;
    }

    @Override
    public OptionalLong freeBytes() {
        return free;
    }

    @Override
    public void extend(int[] slots, int[] counts, int[] ids) {
        require(
                slots.length == counts.length
                        && ids.length == Arrays.stream(counts).sum(),
                "counts");
        slotsOfCalls.add(slots.length);
        idsOfCalls.add(ids.length);
        texts = new ArrayList<>();
        Set<Integer> met = new HashSet<>();
        int next = 0;
        for (int i = 0; i < slots.length; i++) {
            require(counts[i] > 0 && met.add(slots[i]), "slot " + slots[i] + " gets " + counts[i]);
            List<Integer> slot = contents.get(slots[i]);
            Arrays.stream(ids, next, next + counts[i]).forEach(slot::add);
            next += counts[i];
            List<Integer> text = List.copyOf(slot);
            for (int length = text.size() - counts[i] + 1; length <= text.size(); length++) {
                texts.add(text.subList(0, length));
            }
            require(slot.size() <= capacity, "slot of " + slot.size() + " ids in a cache of " + capacity);
        }
    }

    @Override
    public void logits(int[] tokens, FloatBuffer destination) {
        require(destination.isDirect(), "buffer");
        logitsRead += tokens.length;
        for (int i = 0; i < tokens.length; i++) {
            destination.put(i * vocabulary, logitsAfter(texts.get(tokens[i])));
        }
    }

    @Override
    public int[] argmax(int[] tokens) {
        return Arrays.stream(tokens)
                .map(token -> Fakes.argmax(logitsAfter(texts.get(token))))
                .toArray();
    }

    @Override
    public void truncate(int slot, int length) {
        List<Integer> ids = contents.get(slot);
        require(length <= ids.size(), "truncate " + ids.size() + " to " + length);
        ids.subList(length, ids.size()).clear();
    }

    @Override
    public void reorder(int[] parents) {
        require(parents.length == contents.size(), "parents of " + parents.length + " slots");
        reordered++;
        List<List<Integer>> old = contents;
        contents = new ArrayList<>();
        for (int parent : parents) {
            contents.add(new ArrayList<>(old.get(parent)));
        }
    }

    void close() {
        require(opened == closed, "close with an open cache");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
