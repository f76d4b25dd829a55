package dev.trireme.generate;

import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.TokenRows;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * All stages of a copy of the model with a cache, as generation uses them. Results of a sequence do not depend, to the
 * bit, on other sequences or on how its tokens are split into passes. A stage's methods are called by one thread at a
 * time, in the same order for every stage.
 */
interface ModelCopy extends AutoCloseable {
    int stages();

    /** What an iteration reads of the memory whatever it is for. */
    long weightBytes();

    /** Bytes of a block of the cache, on all stages. */
    long blockBytes();

    /** Free memory of the device, if that is known. */
    OptionalLong freeBytes();

    /** Opens an empty cache, in place of the one that is open. */
    void openCache(int blocks);

    void closeCache();

    /** Must follow the same call on the stage before. */
    void extend(int stage, int pass, TokenRows rows);

    void copy(int stage, int[] from, int[] to);

    /** Chooses tokens on the last stage, at indices into the ids of a pass. */
    Choices choose(int pass, int[] tokens, List<ChoiceRule> rules);

    /** Logits (tokens, vocabulary) of the last stage, from position 0 of a buffer. */
    void logits(int pass, int[] tokens, FloatBuffer destination);

    /** Outputs (tokens, hidden) of the last layer after the final norm, from position 0 of a buffer. */
    void hiddenStates(int pass, int[] tokens, FloatBuffer destination);

    /** Frees the stages, if they are this copy's own. */
    @Override
    void close();
}
