package dev.trireme.data.tokenizer;

import dev.trireme.config.NullChecks;
import dev.trireme.data.Pair;
import dev.trireme.data.Text;
import dev.trireme.data.tokenizer.BpeModel.Merge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Learns a byte-level BPE vocabulary: its merges, ties included, are those of the trainer in Python's
 * {@code tokenizers} with GPT-2's splitting pattern, the 256 bytes as initial alphabet and a minimum frequency of 0.
 *
 * <pre>
 *   ids     special tokens, the 256 bytes in GPT-2's order, then one id a merge
 *   choice  the most frequent adjacent pair; of equal ones the smaller left id, then the smaller right id
 *   count   over all words times their frequency, overlaps included ("aaa" has (a, a) twice)
 *   end     at the vocabulary size, or when no pair is left
 * </pre>
 *
 * <p>A merge visits only the words that hold its pair and corrects the counts of their neighbours; a priority queue
 * gives the next pair.
 */
public final class BpeTrainer {
    private static final int MAX_VOCABULARY = 10_000_000;

    private final List<String> vocabulary = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Map<Long, Pair> pairs = new HashMap<>();
    private final List<Pair> grown = new ArrayList<>();
    private final PriorityQueue<Candidate> queue =
            new PriorityQueue<>(Comparator.comparingLong((Candidate candidate) -> -candidate.count)
                    .thenComparingInt(candidate -> candidate.pair.left)
                    .thenComparingInt(candidate -> candidate.pair.right));

    /**
     * Trains on all of {@code lines}; special tokens are ordinary text in them. The same lines, in whatever order,
     * give the same model.
     *
     * @param lines texts without their line ends
     * @param vocabularySize how many ids the model shall have; it has fewer if the text has no more pairs to merge
     * @param specialTokens tokens that get the first ids and that an encoder never splits
     * @return the vocabulary and the merges
     * @throws IllegalArgumentException if the size has no room for the special tokens and the 256 bytes or is above 10
     *     million, if a special token is empty or given twice, or if a line holds half a surrogate pair
     */
    public static BpeModel train(Iterable<String> lines, int vocabularySize, List<String> specialTokens) {
        NullChecks.require("lines", lines, "specialTokens", specialTokens);
        requireSize(vocabularySize, specialTokens.size());
        requireSpecialTokens(specialTokens);
        BpeTrainer trainer = new BpeTrainer(specialTokens);
        trainer.count(lines);
        trainer.mergeUntil(vocabularySize);
        return new BpeModel(specialTokens, trainer.vocabulary, trainer.merges);
    }

    /**
     * Refuses a size that holds not even all bytes.
     *
     * @param vocabularySize wished for
     * @param specialTokens that are among it
     * @throws IllegalArgumentException with the sizes that are possible
     */
    public static void requireSize(int vocabularySize, int specialTokens) {
        int least = specialTokens + ByteAlphabet.SIZE;
        if (vocabularySize < least || vocabularySize > MAX_VOCABULARY) {
            throw new IllegalArgumentException(
                    "vocabulary size %d is impossible: %d special tokens and 256 bytes need at least %d; use %d to %d"
                            .formatted(vocabularySize, specialTokens, least, least, MAX_VOCABULARY));
        }
    }

    private static void requireSpecialTokens(List<String> specialTokens) {
        if (specialTokens.contains("") || new HashSet<>(specialTokens).size() < specialTokens.size()) {
            throw new IllegalArgumentException(
                    "special tokens %s have an empty or a repeated one; give each once".formatted(specialTokens));
        }
    }

    private BpeTrainer(List<String> specialTokens) {
        specialTokens.forEach(this::idOf);
        for (char symbol : ByteAlphabet.ordered()) {
            idOf(String.valueOf(symbol));
        }
    }

    /** The id of {@code token}, which joins the vocabulary if it is new. */
    private int idOf(String token) {
        return ids.computeIfAbsent(token, added -> {
            vocabulary.add(added);
            return vocabulary.size() - 1;
        });
    }

    private void count(Iterable<String> lines) {
        Map<String, Long> frequencies = new HashMap<>();
        for (String line : lines) {
            Text.requireWholeCharacters(line);
            WordSplitter.forEachWord(line, word -> frequencies.merge(word, 1L, Long::sum));
        }
        frequencies.forEach((text, frequency) -> {
            int[] symbols = ByteAlphabet.spell(text)
                    .chars()
                    .map(symbol -> idOf(String.valueOf((char) symbol)))
                    .toArray();
            Word word = new Word(symbols, frequency);
            for (int i = 1; i < symbols.length; i++) {
                appears(symbols[i - 1], symbols[i], word);
            }
        });
        queueGrown();
    }

    private void mergeUntil(int vocabularySize) {
        while (vocabulary.size() < vocabularySize && !queue.isEmpty()) {
            Candidate best = queue.remove();
            if (best.count == best.pair.count) {
                merge(best.pair);
            } else {
                // Merges since then took some of its occurrences: it goes back to where it belongs now.
                best.pair.queuedCount = 0;
                queue(best.pair);
            }
        }
    }

    private void merge(Pair pair) {
        Merge merge = new Merge(vocabulary.get(pair.left), vocabulary.get(pair.right));
        merges.add(merge);
        int merged = idOf(merge.left() + merge.right());
        for (Word word : pair.words) {
            replace(pair, merged, word);
        }
        pair.words.clear();
        pair.count = 0;
        queueGrown();
    }

    /**
     * Writes {@code merged} over each occurrence of {@code pair} from left to right.
     *
     * <pre>
     *   a  left right  b     loses (a, left) and (right, b)
     *   a     merged   b     gains (a, merged) and (merged, b)
     * </pre>
     */
    private void replace(Pair pair, int merged, Word word) {
        int[] symbols = word.symbols;
        int out = 0;
        int in = 0;
        while (in < word.length) {
            boolean found = in + 1 < word.length && symbols[in] == pair.left && symbols[in + 1] == pair.right;
            if (!found) {
                symbols[out++] = symbols[in++];
                continue;
            }
            if (out > 0) {
                disappears(symbols[out - 1], pair.left, word);
                appears(symbols[out - 1], merged, word);
            }
            in += 2;
            if (in < word.length) {
                disappears(pair.right, symbols[in], word);
                appears(merged, symbols[in], word);
            }
            symbols[out++] = merged;
        }
        word.length = out;
    }

    private void appears(int left, int right, Word word) {
        Pair pair = pair(left, right);
        pair.count += word.frequency;
        grown.add(pair);
        if (pair.words.isEmpty() || pair.words.get(pair.words.size() - 1) != word) {
            pair.words.add(word);
        }
    }

    private void disappears(int left, int right, Word word) {
        pair(left, right).count -= word.frequency;
    }

    private Pair pair(int left, int right) {
        return pairs.computeIfAbsent((long) left << 32 | right, key -> new Pair(left, right));
    }

    private void queueGrown() {
        grown.forEach(this::queue);
        grown.clear();
    }

    /** Queues {@code pair} with its count, unless it stands there with as high a one. */
    private void queue(Pair pair) {
        if (pair.count > pair.queuedCount) {
            pair.queuedCount = pair.count;
            queue.add(new Candidate(pair, pair.count));
        }
    }

    /** A pair as it was when it was queued. */
    private record Candidate(Pair pair, long count) {}

    /** Two neighbouring ids, how often they stand so, and every word where they do or once did. */
    private static final class Pair {
        final int left;
        final int right;
        final List<Word> words = new ArrayList<>(1);
        long count;
        long queuedCount;

        Pair(int left, int right) {
            this.left = left;
            this.right = right;
        }
    }

    /** A distinct word: its ids, of which the first {@code length} count, and how often the text has it. */
    private static final class Word {
        final int[] symbols;
        final long frequency;
        int length;

        Word(int[] symbols, long frequency) {
            this.symbols = symbols;
            this.frequency = frequency;
            this.length = symbols.length;
        }
    }
}
