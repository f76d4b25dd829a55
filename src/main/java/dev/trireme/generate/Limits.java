package dev.trireme.generate;

import dev.trireme.model.ModelConfig;

/** What a model can be asked for. */
final class Limits {
    private Limits() {}

    /** @throws IllegalArgumentException when a prompt is empty, has an unknown id, or leads beyond the positions */
    static void require(Request request, ModelConfig model) {
        String problem = problem(request, model);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** What is wrong with a request; empty when nothing is. */
    static String problem(Request request, ModelConfig model) {
        int[] ids = request.prompt();
        if (ids.length == 0) {
            return "there are no tokens to start from; give at least one";
        }
        if ((long) ids.length + request.maxNewTokens() > model.positions()) {
            return ids.length + " tokens and " + request.maxNewTokens() + " new ones are more than the "
                    + model.positions() + " positions of the model; use a shorter text or fewer new tokens";
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= model.vocabulary()) {
                return "id " + ids[i] + " at index " + i + " is not one of the model's; use 0 to "
                        + (model.vocabulary() - 1);
            }
        }
        for (int id : request.options().sampling().biases().keySet()) {
            if (id >= model.vocabulary()) {
                return "id " + id + " of a bias is not one of the model's; use 0 to " + (model.vocabulary() - 1);
            }
        }
        return "";
    }
}
