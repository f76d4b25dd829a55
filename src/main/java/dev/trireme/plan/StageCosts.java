package dev.trireme.plan;

import java.util.List;

/**
 * Measured costs of everything that stages are cut from, each for one micro-batch.
 *
 * <pre>
 *   embedding │ block 0 │ block 1 │ … │ block n-1 │ norm and head
 * </pre>
 *
 * <p>The ends count: the head of GPT-2 small weighs 4.9 of its blocks.
 *
 * @param embedding of tokens and positions; always on the first stage
 * @param blocks of each layer
 * @param head of the final norm, the head and the loss; always on the last stage
 */
public record StageCosts(Cost embedding, List<Cost> blocks, Cost head) {
    /**
     * Keeps a copy of the list.
     *
     * @throws IllegalArgumentException when there is no block
     */
    public StageCosts {
        blocks = List.copyOf(blocks);
        Requirements.positive("number of blocks", blocks.size());
    }
}
