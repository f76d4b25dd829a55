package dev.trireme.generate;

import dev.trireme.engine.Memory;
import java.util.List;

/** Checks of a request before anything is allocated. */
final class Limits {
    private Limits() {}

    /** @throws IllegalArgumentException when a prompt is empty, has an unknown id, or leads beyond the positions */
    static void requireFit(List<Prompt> prompts, CachedModel model) {
        for (int i = 0; i < prompts.size(); i++) {
            String problem = problem(prompts.get(i), model.positions(), model.vocabulary());
            if (!problem.isEmpty()) {
                throw new IllegalArgumentException(prompts.size() == 1 ? problem : "prompt " + i + ": " + problem);
            }
        }
    }

    private static String problem(Prompt prompt, int positions, int vocabulary) {
        int[] ids = prompt.ids();
        if (ids.length == 0) {
            return "there are no tokens to start from; give at least one";
        }
        if ((long) ids.length + prompt.maxNewTokens() > positions) {
            return ids.length + " tokens and " + prompt.maxNewTokens() + " new ones are more than the " + positions
                    + " positions of the model; use a shorter text or fewer new tokens";
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                return "id " + ids[i] + " at index " + i + " is not one of the model's; use 0 to " + (vocabulary - 1);
            }
        }
        return "";
    }

    /** @throws IllegalArgumentException when caches of that size and the logits of their slots do not fit */
    static void requireMemory(CachedModel model, int caches, int slots, int capacity) {
        long needed = caches * (model.cacheBytes(slots, capacity) + LogitRows.bytes(slots, model.vocabulary()));
        Memory.require(
                caches * slots + " sequences of up to " + capacity + " tokens",
                needed,
                model.freeBytes(),
                "use fewer prompts, shorter ones or fewer new tokens");
    }
}
