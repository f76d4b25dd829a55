package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Collections;
import java.util.List;

/**
 * Measured costs of the parts of a model, each for one micro-batch.
 *
 * <pre>
 *   embedding │ attention 0 │ MLP 0 │ attention 1 │ … │ MLP L-1 │ norm and head
 * </pre>
 *
 * <p>Embedding and head matter: the head of GPT-2 small costs as much as 4.9 of its layers.
 *
 * @param embedding of tokens and positions; always on the first stage
 * @param sublayers of each: the attention of layer l is number 2 l, its MLP 2 l + 1
 * @param head of the final norm, the head and the loss; always on the last stage
 */
public record StageCosts(Cost embedding, List<Cost> sublayers, Cost head) {
    /**
     * Keeps a copy of the list.
     *
     * @throws IllegalArgumentException when they are not those of one or more whole layers
     */
    public StageCosts {
        NullChecks.require("embedding", embedding, "sublayers", sublayers, "head", head);
        sublayers = List.copyOf(sublayers);
        Requirements.positive("number of sublayers", sublayers.size());
        if (sublayers.size() % 2 != 0) {
            throw new IllegalArgumentException(
                    "number of sublayers is " + sublayers.size() + "; use an attention and an MLP for each layer");
        }
    }

    /**
     * Costs of a model whose layers are all alike.
     *
     * @param layers of the model
     * @param embedding of tokens and positions
     * @param attention of one layer
     * @param mlp of one layer
     * @param head of the final norm, the head and the loss
     * @return the costs
     * @throws IllegalArgumentException when there is no layer
     */
    public static StageCosts ofEqualLayers(int layers, Cost embedding, Cost attention, Cost mlp, Cost head) {
        NullChecks.require("embedding", embedding, "attention", attention, "mlp", mlp, "head", head);
        List<Cost> sublayers = Collections.nCopies(layers, List.of(attention, mlp)).stream()
                .flatMap(List::stream)
                .toList();
        return new StageCosts(embedding, sublayers, head);
    }
}
